// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Glibc
import LuaRuntime

/// `dq` in a policy: the members that are readable in dnsdist's (research/dnsdist.md §2.3).
///
/// Leaf functions on the plane's thread. Text is made when it is asked for, never before.
enum PlaneQueryAccess {
    /// The parts of a query that have fields or methods of their own.
    private enum Subject: Int32, CaseIterable {
        case query = 0
        case name = 1
        case remote = 2
        case local = 3
        case header = 4

        var name: String {
            switch self {
            case .query: "dq"
            case .name: "qname"
            case .remote, .local: "address"
            case .header: "dh"
            }
        }

        /// In the order of their numbers; a table, because a query must not make lists.
        var methods: [String] { Self.allMethods[Int(rawValue)] }

        private static let allMethods = allCases.map(\.declaredMethods)

        private var declaredMethods: [String] {
            switch self {
            case .query: ["getDO", "getProtocol", "getContent"]
            case .name:
                ["toString", "tostring", "toStringNoDot", "countLabels", "wirelength", "isPartOf"]
            case .remote, .local:
                ["toString", "tostring", "toStringWithPort", "getPort", "isIPv4", "isIPv6"]
            case .header: ["getID", "getRD", "getCD", "getAA", "getAD", "getRA", "getTC", "getQR"]
            }
        }
    }

    static func define(in kit: PlanePolicyVM) throws(LuaError) {
        for subject in Subject.allCases {
            try kit.defineSubject(
                subject.rawValue, name: subject.name, methods: subject.methods)
        }
    }

    static let field: PlaneCallbacks.QueryField = { _, query, subject, name, length, result in
        let writer = PlaneFieldWriter(result)
        guard let query = query?.assumingMemoryBound(to: PolicyQuery.self), let name,
            Subject(rawValue: subject) == .query
        else { return }
        let key = String(decoding: UnsafeBufferPointer(start: name, count: length), as: UTF8.self)
        read(key, query.pointee, writer)
    }

    static let method: PlaneCallbacks.QueryMethod = {
        _, query, subject, method, arguments, count, result in
        let writer = PlaneFieldWriter(result)
        guard let query = query?.assumingMemoryBound(to: PolicyQuery.self),
            let subject = Subject(rawValue: subject),
            subject.methods.indices.contains(Int(method))
        else { return }
        let name = subject.methods[Int(method)]
        switch subject {
        case .query: callQuery(name, query.pointee, writer)
        case .name:
            callName(name, query.pointee, PlaneArguments(arguments, count: count), writer)
        case .remote: callAddress(name, query.pointee.remoteAddress, writer)
        case .local: callAddress(name, query.pointee.localAddress, writer)
        case .header: callHeader(name, query.pointee, writer)
        }
    }

    private static func read(_ key: String, _ query: PolicyQuery, _ writer: PlaneFieldWriter) {
        switch key {
        case "qname": writer.setSubject(Subject.name.rawValue)
        case "remoteaddr": writer.setSubject(Subject.remote.rawValue)
        case "localaddr": writer.setSubject(Subject.local.rawValue)
        case "dh": writer.setSubject(Subject.header.rawValue)
        case "qtype": writer.set(Int64(query.queryType))
        case "qclass": writer.set(Int64(query.queryClass))
        case "tcp": writer.set(query.overTCP)
        case "len", "size": writer.set(Int64(query.packetLength))
        case "rcode": writer.set(Int64(flags(query).responseCode.rawValue))
        case "opcode": writer.set(Int64(flags(query).opcode.rawValue))
        default: break  // unknown: the kit raises
        }
    }

    private static func callQuery(
        _ method: String, _ query: PolicyQuery, _ writer: PlaneFieldWriter
    ) {
        switch method {
        case "getDO":
            let message = DNSMessageView(
                UnsafeRawBufferPointer(start: query.packet, count: Int(query.packetLength)))
            writer.set(message?.edns?.dnssecOK ?? false)
        case "getProtocol": writer.set(query.overTCP ? "Do53 TCP" : "Do53 UDP")
        case "getContent":
            writer.set(
                borrowing: UnsafeBufferPointer(
                    start: query.packet, count: Int(query.packetLength)))
        default: break
        }
    }

    private static func callName(
        _ method: String, _ query: PolicyQuery, _ arguments: PlaneArguments,
        _ writer: PlaneFieldWriter
    ) {
        guard let name = DNSName(wire: query.name) else {
            writer.raise("the query's name is malformed")
            return
        }
        switch method {
        case "toString", "tostring": writer.set(name.description)
        case "toStringNoDot":
            writer.set(name.isRoot ? "." : String(name.description.dropLast()))
        case "countLabels": writer.set(Int64(name.labelCount))
        case "wirelength": writer.set(Int64(name.wire.count))
        case "isPartOf":
            guard let bytes = arguments.bytes(0),
                let zone = try? DNSName(String(decoding: bytes, as: UTF8.self))
            else {
                writer.raise("isPartOf: give a name as text")
                return
            }
            writer.set(name.isPartOf(zone))
        default: break
        }
    }

    private static func callAddress(
        _ method: String, _ address: UnsafeRawPointer, _ writer: PlaneFieldWriter
    ) {
        guard let endpoint = endpoint(address) else {
            writer.raise("the address is of no known family")
            return
        }
        switch method {
        case "toString", "tostring": writer.set(endpoint.address.description)
        case "toStringWithPort": writer.set(endpoint.description)
        case "getPort": writer.set(Int64(endpoint.port))
        case "isIPv4": writer.set(endpoint.address.family == .v4)
        case "isIPv6": writer.set(endpoint.address.family == .v6)
        default: break
        }
    }

    /// Reads no more than the family's own size: the pointer leads to one of the two structures.
    private static func endpoint(_ address: UnsafeRawPointer) -> Endpoint? {
        var storage = sockaddr_storage()
        let family = address.loadUnaligned(as: sockaddr.self).sa_family
        let size =
            Int32(family) == AF_INET6
            ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: size))
        }
        return Endpoint(socketAddress: storage)
    }

    private static func flags(_ query: PolicyQuery) -> DNSFlags {
        DNSMessageView(
            UnsafeRawBufferPointer(start: query.packet, count: Int(query.packetLength)))?
            .flags ?? DNSFlags(rawValue: 0)
    }

    private static func callHeader(
        _ method: String, _ query: PolicyQuery, _ writer: PlaneFieldWriter
    ) {
        let flags = flags(query)
        switch method {
        case "getID":
            writer.set(Int64(query.packet[0]) << 8 | Int64(query.packet[1]))
        case "getRD": writer.set(flags.recursionDesired)
        case "getCD": writer.set(flags.checkingDisabled)
        case "getAA": writer.set(flags.isAuthoritative)
        case "getAD": writer.set(flags.isAuthenticData)
        case "getRA": writer.set(flags.recursionAvailable)
        case "getTC": writer.set(flags.isTruncated)
        case "getQR": writer.set(flags.isResponse)
        default: break
        }
    }
}
