// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `newNeighbor`, `setBGPListen`, `setRouterID`.
extension Evaluation {
    static let neighborKeys = [
        "address", "port", "peerAS", "localAddress", "localAS", "routerID", "holdTime", "families",
        "passive", "shutdown", "md5Password", "passwordFile", "ttlSecurity", "multihop",
        "interface", "bfd", "description", "gracefulRestart", "role", "strict", "extendedNextHop",
        "nextHopMode", "hostName", "maxPeers", "watchPrefixes",
    ]

    /// AS 0 is never a speaker's (RFC 7607); the rest of 32 bits may be (RFC 6793).
    private static let systemNumbers = 1...Int(UInt32.max)
    /// 0 is "never expires"; 1 and 2 are forbidden (RFC 4271 §4.2).
    private static let holdTimes = 0...65_535
    private static let hops = 1...254
    private static let rangePeers = 1...10_000
    /// The kernel's TCP_MD5SIG_MAXKEYLEN.
    private static let passwordBytesMax = 80

    func defineNeighborNames() throws(LuaError) {
        try declare("newNeighbor") { [unowned self] (arguments, call) throws(ArgumentError) in
            try newNeighbor(arguments.table(0, "its argument"), at: location(of: call))
            return [ObjectKind.neighbor.handle(configuration.neighbors.count - 1)]
        }
        try declare("setBGPListen") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.bgpListeners = [
                try arguments.endpoint(0, "address", defaultPort: 179)
            ]
            return []
        }
        try declare("setRouterID") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.routerID = try Self.routerID(
                arguments.text(0, "router ID"), call: "setRouterID")
            return []
        }
        try defineKind(.neighbor, fields: ["address"]) { [unowned self] (ordinal, _) in
            .text(configuration.neighbors[ordinal].key.description)
        }
    }

    private func newNeighbor(
        _ table: LuaTable, at location: SourceLocation
    ) throws(ArgumentError) {
        let keys = try KeyReader(call: "newNeighbor", table: table, known: Self.neighborKeys)
        let key = try neighborKey(keys)
        if let other = configuration.neighbors.first(where: { $0.key == key }) {
            throw ArgumentError("newNeighbor: \(key) was declared already, at \(other.location)")
        }
        guard let peer = try keys.integer("peerAS", in: Self.systemNumbers) else {
            throw keys.missing("peerAS")
        }
        guard let local = try keys.integer("localAS", in: Self.systemNumbers) else {
            throw keys.missing("localAS")
        }
        var neighbor = NeighborDeclaration(
            key: key, localAS: UInt32(local), peerAS: UInt32(peer), location: location)
        try readSession(keys, into: &neighbor)
        try readTransport(keys, into: &neighbor)
        try readOpen(keys, into: &neighbor)
        configuration.neighbors.append(neighbor)
    }

    private func neighborKey(_ keys: KeyReader) throws(ArgumentError) -> NeighborKey {
        let text = try keys.requiredText("address")
        if text.contains("/") { return try rangeKey(keys, text) }
        guard var endpoint = Endpoint(text, defaultPort: 179) else {
            throw ArgumentError(
                "newNeighbor: address '\(text)' is not an address"
                    + " (like 192.0.2.1, 2001:db8::1 or fe80::1%eth0)")
        }
        if let port = try keys.integer("port", in: 1...65_535) { endpoint.port = UInt16(port) }
        if let interface = try keys.text("interface") { endpoint.interface = interface }
        if endpoint.address.isLinkLocal, endpoint.interface == nil {
            throw ArgumentError(
                "newNeighbor: \(endpoint.address) is link-local: say on which interface"
                    + " (\(endpoint.address)%eth0)")
        }
        return NeighborKey(endpoint: endpoint)
    }

    /// `192.0.2.0/24`: whoever calls from there.
    private func rangeKey(_ keys: KeyReader, _ text: String) throws(ArgumentError) -> NeighborKey {
        guard let range = IPPrefix(text), !range.address.isLinkLocal else {
            throw ArgumentError(
                "newNeighbor: address '\(text)' is not a range of addresses (like 192.0.2.0/24)")
        }
        guard try keys.boolean("passive") == true else {
            throw ArgumentError(
                "newNeighbor: a range cannot be called; say passive = true, and setBGPListen")
        }
        for key in ["port", "interface", "bfd"] where !keys[key].isNil {
            throw ArgumentError("newNeighbor: \(key) is for one neighbour, not for a range")
        }
        return NeighborKey(
            endpoint: Endpoint(address: range.address, port: 179), rangeLength: Int(range.length))
    }

    private func readSession(
        _ keys: KeyReader, into neighbor: inout NeighborDeclaration
    ) throws(ArgumentError) {
        if let text = try keys.text("routerID") {
            neighbor.routerID = try Self.routerID(text, call: "newNeighbor")
        }
        if let seconds = try keys.seconds("holdTime") {
            guard let whole = Int(exactly: seconds), Self.holdTimes.contains(whole),
                whole == 0 || whole >= 3
            else {
                throw keys.wrong("holdTime", "0 or from 3 to 65535 whole seconds")
            }
            neighbor.holdTimeSeconds = whole
        }
        neighbor.families = [RouteFamily(of: neighbor.key.endpoint.address)]
        if let words = try keys.texts("families") {
            neighbor.families = []
            for word in words {
                guard let family = RouteFamily(rawValue: word) else {
                    let known = RouteFamily.allCases.map(\.rawValue)
                    throw ArgumentError(
                        "newNeighbor: families: '\(word)' is not one of "
                            + known.map { "\"\($0)\"" }.joined(separator: ", "))
                }
                if !neighbor.families.contains(family) { neighbor.families.append(family) }
            }
            guard !neighbor.families.isEmpty else { throw keys.wrong("families", "not empty") }
        }
        neighbor.passive = try keys.boolean("passive") ?? false
        neighbor.shutdown = try keys.boolean("shutdown") ?? false
        if let count = try keys.integer("maxPeers", in: Self.rangePeers) {
            guard neighbor.key.range != nil else {
                throw ArgumentError("newNeighbor: maxPeers is for a range, not for one neighbour")
            }
            neighbor.rangePeersMax = count
        }
        neighbor.description = try keys.text("description") ?? ""
        neighbor.watchPrefixes = try watchPrefixes(keys)
    }

    /// `true` stands for what this file announces, which is known at its end.
    private func watchPrefixes(_ keys: KeyReader) throws(ArgumentError) -> Set<IPPrefix> {
        switch keys["watchPrefixes"] {
        case .nil, .boolean(false): return []
        case .boolean(true):
            neighborsWatchingOwn.insert(configuration.neighbors.count)
            return []
        default: break
        }
        var prefixes: Set<IPPrefix> = []
        for text in try keys.texts("watchPrefixes") ?? [] {
            guard let prefix = IPPrefix(text) else {
                throw ArgumentError(
                    "newNeighbor: watchPrefixes: '\(text)' is not a prefix (like 192.0.2.0/24)")
            }
            prefixes.insert(prefix)
        }
        guard prefixes.count <= NeighborDeclaration.watchedPrefixesMax else {
            throw keys.wrong(
                "watchPrefixes", "at most \(NeighborDeclaration.watchedPrefixesMax) prefixes")
        }
        return prefixes
    }

    private func readTransport(
        _ keys: KeyReader, into neighbor: inout NeighborDeclaration
    ) throws(ArgumentError) {
        if let text = try keys.text("localAddress"), text != "auto" {
            let address = try AddressText.address(text, call: "newNeighbor", name: "localAddress")
            guard address.family == neighbor.key.endpoint.address.family else {
                throw ArgumentError(
                    "newNeighbor: localAddress \(address) and address \(neighbor.key) are not of"
                        + " the same family")
            }
            neighbor.localAddress = address
        }
        neighbor.ttlSecurityHops = try keys.integer("ttlSecurity", in: Self.hops)
        neighbor.multihop = try keys.integer("multihop", in: Self.hops)
        if neighbor.ttlSecurityHops != nil, neighbor.multihop != nil {
            throw ArgumentError(
                "newNeighbor: ttlSecurity and multihop exclude each other (RFC 5082)")
        }
        neighbor.bfd = try bfd(keys, isMultihop: neighbor.multihop != nil)
        neighbor.md5Password = try password(keys)
    }

    static let bfdKeys = ["interval", "minTx", "minRx", "multiplier", "passive", "multihop"]
    /// A timer below this is the kernel's jitter more than the path's.
    private static let bfdMilliseconds = 10...60_000
    private static let bfdMultipliers = 1...255

    private func bfd(
        _ keys: KeyReader, isMultihop: Bool
    ) throws(ArgumentError) -> BFDDeclaration? {
        let value = keys["bfd"]
        guard value.isTrue else { return nil }
        var bfd = BFDDeclaration()
        bfd.multihop = isMultihop
        guard case .table(let table) = value else {
            guard case .boolean = value else { throw keys.wrong("bfd", "true, false or a table") }
            return bfd
        }
        let keys = try KeyReader(call: "newNeighbor.bfd", table: table, known: Self.bfdKeys)
        let both = try milliseconds(keys, "interval")
        bfd.minTxMilliseconds = try milliseconds(keys, "minTx") ?? both ?? bfd.minTxMilliseconds
        bfd.minRxMilliseconds = try milliseconds(keys, "minRx") ?? both ?? bfd.minRxMilliseconds
        bfd.multiplier = try keys.integer("multiplier", in: Self.bfdMultipliers) ?? bfd.multiplier
        bfd.passive = try keys.boolean("passive") ?? false
        bfd.multihop = try keys.boolean("multihop") ?? isMultihop
        return bfd
    }

    private func milliseconds(
        _ keys: KeyReader, _ key: String
    ) throws(ArgumentError) -> Int? {
        guard let value = try keys.milliseconds(key) else { return nil }
        guard Self.bfdMilliseconds.contains(value) else {
            throw keys.wrong(key, "from 0.01 to 60 seconds")
        }
        return value
    }

    private func password(_ keys: KeyReader) throws(ArgumentError) -> String? {
        let given = try keys.text("md5Password")
        guard let file = try keys.text("passwordFile") else {
            if let given, !(1...Self.passwordBytesMax).contains(given.utf8.count) {
                throw ArgumentError(
                    "newNeighbor: md5Password must have from 1 to \(Self.passwordBytesMax) bytes")
            }
            return given
        }
        guard given == nil else {
            throw ArgumentError("newNeighbor: give md5Password or passwordFile, not both")
        }
        guard case .bytes(let bytes) = readFile(file) else {
            throw ArgumentError("newNeighbor: passwordFile '\(file)' cannot be read")
        }
        let line = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
        guard (1...Self.passwordBytesMax).contains(line.utf8.count) else {
            throw ArgumentError(
                "newNeighbor: the first line of '\(file)' must have from 1 to"
                    + " \(Self.passwordBytesMax) bytes")
        }
        return line
    }

    private static func routerID(_ text: String, call: String) throws(ArgumentError) -> UInt32 {
        // RFC 6286 §2.1: any non-zero value, written as an IPv4 address.
        guard let address = IPAddress(text), address.family == .v4, !address.isUnspecified else {
            throw ArgumentError(
                "\(call): router ID '\(text)' is not an IPv4 address other than 0.0.0.0")
        }
        return address.v4Bits
    }
}
