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
        "checkType", "checkClass", "checkTimeout", "checkInterval", "maxCheckFailures", "rise",
        "mustResolve", "setCD", "checkTCP", "healthCheckMode", "check",
    ]

    /// Known to dnsdist, without effect here: the query is forwarded all the same.
    static let keysWithoutEffect = [
        "useClientSubnet", "useProxyProtocol", "tcpFastOpen", "ipBindAddrNoPort", "maxInFlight",
        "tcpOnly", "reconnectOnUp", "maxConcurrentTCPConnections", "disableZeroScope", "addXPF",
        "cpus", "dscp", "lazyHealthCheckSampleSize", "lazyHealthCheckMinSampleCount",
        "lazyHealthCheckThreshold", "lazyHealthCheckFailedInterval", "lazyHealthCheckMode",
        "lazyHealthCheckUseExponentialBackOff", "lazyHealthCheckMaxBackOff",
        "lazyHealthCheckWhenUpgraded", "subjectName", "subjectAddr", "validateCertificates",
        "caStore", "ciphers", "ciphers13", "enableRenegotiation", "releaseBuffers", "ktls",
    ]

    /// Known to dnsdist, and refused: to go on without would send in clear text what was to be
    /// encrypted, or call a server healthy by another rule than the operator's.
    static let keysRefused = ["tls", "dohPath", "checkFunction", "xskSockets", "MACAddr"]

    /// `ServerHandle.weightMax`, where dnsdist's sum of weights saturates.
    private static let weights = 1...Int(Int32.max)
    private static let orders = -1_000_000...1_000_000
    private static let rates = 0...1_000_000_000
    /// Random source ports are taken from these per server and worker.
    private static let socketCounts = 1...256
    private static let counts = 0...1_000
    private static let checkTimeouts = 1...60_000
    private static let checkIntervals = 1...86_400

    let evaluation: Evaluation
    let location: SourceLocation

    func read(_ table: LuaTable) throws(ArgumentError) -> ServerDeclaration {
        let keys = KeyReader(call: "newServer", table: table)
        try reportStrangers(keys)
        guard let address = try keys.endpoint("address", defaultPort: 53) else {
            throw keys.missing("address")
        }
        guard address.port > 0 else { throw keys.wrong("address", "an address with a port") }
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
        try readHealthCheck(keys, into: &server.healthCheck)
        switch server.healthCheck.mode {
        case .up: server.initialState = .up
        case .down: server.initialState = .down
        case .auto, .lazy: break
        }
        if keys.has("check") {
            let check = try evaluation.checkName(keys["check"], call: "newServer", key: "check")
            evaluation.pendingServerChecks.append((check, location))
            server.check = check
        }
        return server
    }

    private func reportStrangers(_ keys: KeyReader) throws(ArgumentError) {
        for key in Self.keysRefused where keys.has(key) && keys[key] != .text("") {
            let instead = key == "checkFunction" ? "; use check = newCheck{…}" : ""
            throw ArgumentError("newServer: \(key) is not supported yet\(instead)")
        }
        // dnsdist warns of unknown keys and goes on: published configurations rely on it.
        let known = Self.keys + Self.keysWithoutEffect + Self.keysRefused
        for line in keys.strangers(known) { evaluation.warn(line, at: location) }
        for key in Self.keysWithoutEffect where keys[key].isTrue {
            evaluation.warnOnce("newServer: \(key)", at: location)
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
        if let timeout = try keys.milliseconds("udpTimeout"), timeout > 0 {
            server.udpTimeoutMilliseconds = timeout
        }
    }

    private func readHealthCheck(
        _ keys: KeyReader, into check: inout ServerHealthCheck
    ) throws(ArgumentError) {
        if let name = try keys.text("checkName") {
            guard DomainNameText.isValid(name) else { throw keys.wrong("checkName", "a name") }
            check.queryName = name.hasSuffix(".") ? name : name + "."
        }
        if keys.has("checkType") {
            check.queryType = try Evaluation.queryType(
                keys["checkType"], call: "newServer", name: "checkType")
        }
        if keys.has("checkClass") {
            check.queryClass = try Evaluation.queryClass(
                keys["checkClass"], call: "newServer", name: "checkClass")
        }
        // dnsdist's units: milliseconds here, seconds there.
        check.timeoutMilliseconds =
            try keys.integer("checkTimeout", in: Self.checkTimeouts) ?? check.timeoutMilliseconds
        check.intervalSeconds =
            try keys.integer("checkInterval", in: Self.checkIntervals) ?? check.intervalSeconds
        check.failuresMax =
            max(1, try keys.integer("maxCheckFailures", in: Self.counts) ?? check.failuresMax)
        check.rise = max(1, try keys.integer("rise", in: Self.counts) ?? check.rise)
        check.mustResolve = try keys.boolean("mustResolve") ?? check.mustResolve
        check.checkingDisabled = try keys.boolean("setCD") ?? check.checkingDisabled
        check.overTCP = try keys.boolean("checkTCP") ?? check.overTCP
        let modes = ["auto", "lazy", "up", "down"]
        if let text = try keys.text("healthCheckMode") {
            guard let mode = ServerHealthCheck.Mode(rawValue: text.lowercased()) else {
                throw ArgumentError(
                    "newServer: healthCheckMode must be one of \(modes.joined(separator: ", ")),"
                        + " not '\(text)'" + NearestName.suggestion(for: text, among: modes))
            }
            check.mode = mode
        }
    }
}
