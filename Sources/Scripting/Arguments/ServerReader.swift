// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations
import LuaRuntime

/// Reads the table of `newServer`, with dnsdist's keys, units and leniency.
struct ServerReader {
    static let keys = [
        "address", "name", "order", "weight", "qps", "pool", "id", "source", "sockets", "retries",
        "tcpConnectTimeout", "tcpSendTimeout", "tcpRecvTimeout", "udpTimeout", "checkName",
        "checkType", "checkClass", "checkTimeout", "checkInterval", "checkFunction",
        "maxCheckFailures", "rise", "mustResolve", "setCD", "checkTCP", "healthCheckMode",
        "lazyHealthCheckSampleSize", "lazyHealthCheckMinSampleCount", "lazyHealthCheckThreshold",
        "lazyHealthCheckFailedInterval", "lazyHealthCheckMode",
        "lazyHealthCheckUseExponentialBackOff", "lazyHealthCheckMaxBackOff", "check", "tls",
        "dohPath", "useProxyProtocol", "useClientSubnet", "tcpFastOpen",
    ]

    /// Known to dnsdist, and what happens instead.
    static let keysWithoutEffect: [(key: String, instead: String)] = [
        ("disableZeroScope", "answers are kept for each client subnet, whatever their scope"),
        ("addXPF", "queries go out without the XPF record, which dnsdist 2.0 gave up too"),
        ("ipBindAddrNoPort", "source ports are chosen at random by us"),
        ("maxInFlight", "queries over one connection never wait for each other"),
        ("tcpOnly", "queries go out over the transport they came over"),
        ("reconnectOnUp", "sockets are renewed all the time"),
        ("maxConcurrentTCPConnections", "one connection carries many queries"),
        ("dscp", "packets are not marked"),
        ("cpus", "threads run where the kernel puts them"),
        ("xskSockets", "packets go through the kernel"),
        ("MACAddr", "packets go through the kernel"),
        ("autoUpgrade", "the server is asked in clear text, as it is declared"),
    ]

    /// They say how to encrypt; without `tls` they say nothing in dnsdist either.
    static let encryptionKeys = [
        "subjectName", "subjectAddr", "validateCertificates", "caStore", "ciphers", "ciphers13",
        "ciphersTLS13", "enableRenegotiation", "releaseBuffers", "ktls", "keyLogFile",
        "addXForwardedHeaders", "proxyProtocolAdvertiseTLS", "lazyHealthCheckWhenUpgraded",
        "autoUpgradeDoHKey", "autoUpgradeInterval", "autoUpgradeKeep", "autoUpgradePool",
    ]

    /// `ServerHandle.weightMax`, where dnsdist's sum of weights saturates.
    private static let weights = 1...Int(Int32.max)
    private static let orders = -1_000_000...1_000_000
    private static let rates = 0...1_000_000_000
    /// Random source ports are taken from these per server and worker.
    private static let socketCounts = 1...256
    static let counts = 0...1_000

    let evaluation: Evaluation
    let location: SourceLocation

    func read(_ table: LuaTable) throws(ArgumentError) -> ServerDeclaration {
        let keys = KeyReader(call: "newServer", table: table)
        let overHTTPS = try isGiven("dohPath", keys)
        let overTLS = try isGiven("tls", keys)
        let port: UInt16 = overHTTPS ? 443 : overTLS ? 853 : 53
        guard let address = try keys.endpoint("address", defaultPort: port) else {
            throw missingAddress(keys)
        }
        guard address.port > 0 else { throw keys.wrong("address", "an address with a port") }
        reportStrangers(keys)
        let name = try keys.text("name") ?? ""
        var server = ServerDeclaration(
            identity: identity(name.isEmpty ? address.description : name), name: name,
            address: address, location: location)
        server.order = try keys.integer("order", in: Self.orders) ?? server.order
        server.weight = try keys.integer("weight", in: Self.weights) ?? server.weight
        server.queriesPerSecondMax = try keys.integer("qps", in: Self.rates) ?? 0
        server.pools = try keys.texts("pool") ?? server.pools
        server.uuid = try keys.text("id") ?? ""
        try readSource(keys, into: &server)
        try readTransport(keys, into: &server)
        try readHealthCheck(keys, into: &server)
        switch server.healthCheck.mode {
        case .up: server.initialState = .up
        case .down: server.initialState = .down
        case .auto, .lazy: break
        }
        server.needsEncryption = overHTTPS || overTLS
        server.usesClientSubnet = try keys.boolean("useClientSubnet") ?? false
        server.needsProxyProtocol = try keys.boolean("useProxyProtocol") ?? false
        if let bar = server.bar {
            server.initialState = .barred
            evaluation.warn(
                "newServer \(server.identity): \(bar): it stays down, because it would get its"
                    + " queries in another form than it expects", at: location)
        }
        if keys.has("check") {
            let check = try evaluation.checkName(keys["check"], call: "newServer", key: "check")
            evaluation.pendingServerChecks.append((check, location))
            server.check = check
        }
        return server
    }

    /// Whether a text is there that is not empty: `tls = ""` is dnsdist's way to say no.
    private func isGiven(_ key: String, _ keys: KeyReader) throws(ArgumentError) -> Bool {
        guard let text = try keys.text(key) else { return false }
        return !text.isEmpty
    }

    private func missingAddress(_ keys: KeyReader) -> ArgumentError {
        let strangers = keys.table.names.filter { !Self.known.contains($0) }
        guard let near = NearestName.of("address", among: strangers) else {
            return keys.missing("address")
        }
        return ArgumentError("newServer: address is missing; is it '\(near)' that was meant?")
    }

    private static let known = keys + keysWithoutEffect.map(\.key) + encryptionKeys

    private func reportStrangers(_ keys: KeyReader) {
        // dnsdist warns of unknown keys and goes on: published configurations rely on it.
        for line in keys.strangers(Self.known) { evaluation.warn(line, at: location) }
        for (key, instead) in Self.keysWithoutEffect
        where keys[key].isTrue && keys[key] != 0 {
            evaluation.warnOnce("newServer: \(key)", because: instead, at: location)
        }
    }

    /// The name or address, with `#2`, `#3`, … when it was given before.
    private func identity(_ base: String) -> String {
        let taken = Set(evaluation.configuration.servers.map(\.identity))
        guard taken.contains(base) else { return base }
        var number = 2
        while taken.contains("\(base)#\(number)") { number += 1 }
        return "\(base)#\(number)"
    }

    /// `source`: an address, an interface, or `address@interface`.
    private func readSource(
        _ keys: KeyReader, into server: inout ServerDeclaration
    ) throws(ArgumentError) {
        guard let text = try keys.text("source"), !text.isEmpty else { return }
        let parts = text.split(separator: "@", maxSplits: 1)
        if let address = parts.first.flatMap({ IPAddress($0) }) {
            guard address.family == server.address.address.family else {
                throw ArgumentError(
                    "newServer: source \(address) and address \(server.address) are not of the"
                        + " same family")
            }
            server.source = address
            if parts.count == 2 { server.sourceInterface = String(parts[1]) }
        } else if parts.count == 1, !text.contains(":"), !(text.first?.isNumber ?? false) {
            server.sourceInterface = text
        } else {
            throw keys.wrong("source", "an address, an interface, or address@interface")
        }
    }

    private func readTransport(
        _ keys: KeyReader, into server: inout ServerDeclaration
    ) throws(ArgumentError) {
        server.sockets = try keys.integer("sockets", in: Self.socketCounts) ?? server.sockets
        server.tcpRetries = try keys.integer("retries", in: Self.counts) ?? server.tcpRetries
        server.tcpConnectTimeoutMilliseconds =
            try keys.milliseconds("tcpConnectTimeout") ?? server.tcpConnectTimeoutMilliseconds
        server.tcpSendTimeoutMilliseconds =
            try keys.milliseconds("tcpSendTimeout") ?? server.tcpSendTimeoutMilliseconds
        server.tcpReceiveTimeoutMilliseconds =
            try keys.milliseconds("tcpRecvTimeout") ?? server.tcpReceiveTimeoutMilliseconds
        server.usesTCPFastOpen = try keys.boolean("tcpFastOpen") ?? false
        if let timeout = try keys.milliseconds("udpTimeout"), timeout > 0 {
            server.udpTimeoutMilliseconds = timeout
        }
    }
}
