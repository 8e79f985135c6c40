// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import LuaRuntime

/// `dq` in a policy: the members that are readable in dnsdist's (research/dnsdist.md §2.3).
///
/// Leaf functions on the plane's thread. Text is made when it is asked for, never before.
enum PlaneQueryAccess {
    /// The parts of a query that have fields or methods of their own.
    private enum Subject: Int32, CaseIterable {
        case query = 0
        case header = 1

        var name: String {
            switch self {
            case .query: "dq"
            case .header: "dh"
            }
        }

        /// In the order of their numbers; a table, because a query must not make lists.
        var methods: [String] { Self.allMethods[Int(rawValue)] }

        private static let allMethods = allCases.map(\.declaredMethods)

        private var declaredMethods: [String] {
            switch self {
            case .query: ["getDO", "getProtocol", "getContent"]
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

    static let method: PlaneCallbacks.QueryMethod = { _, query, subject, method, _, _, result in
        let writer = PlaneFieldWriter(result)
        guard let query = query?.assumingMemoryBound(to: PolicyQuery.self),
            let subject = Subject(rawValue: subject),
            subject.methods.indices.contains(Int(method))
        else { return }
        let name = subject.methods[Int(method)]
        switch subject {
        case .query: callQuery(name, query.pointee, writer)
        case .header: callHeader(name, query.pointee, writer)
        }
    }

    private static func read(_ key: String, _ query: PolicyQuery, _ writer: PlaneFieldWriter) {
        switch key {
        case "qname": writer.set(borrowingName: query.name)
        case "remoteaddr": writer.set(borrowingSocketAddress: query.remoteAddress)
        case "localaddr": writer.set(borrowingSocketAddress: query.localAddress)
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
