// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime
import Probing

/// `tcp.connect`, and the methods of a connection.
extension Evaluation {
    static let connectKeys = ["address", "timeout", "source", "tls"]

    /// Connections one run may hold open: more is a leak in a loop.
    private static let connectionsMax = 64

    static func connectCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let keys: KeyReader
        if case .string(let text) = arguments[0] {
            keys = KeyReader(call: "tcp.connect", table: LuaTable(["address": .string(text)]))
        } else {
            keys = try KeyReader(
                call: "tcp.connect", table: arguments.table(0, "its argument"), known: connectKeys)
        }
        guard let address = try keys.endpoint("address", defaultPort: 0) else {
            throw keys.missing("address")
        }
        guard address.port > 0 else {
            throw ArgumentError("tcp.connect: address '\(address.address)' has no port")
        }
        guard run.connections.count < connectionsMax else {
            throw ArgumentError("tcp.connect: \(connectionsMax) connections are open already")
        }
        var probe = TCPProbe(address: address)
        probe.timeoutMilliseconds =
            try run.timeout(of: keys) ?? run.remainingMilliseconds
        probe.source = try keys.address("source")
        probe.tls = try tlsOptions(keys)
        return CheckCall(words: probe.call) { [probe] prober, done in
            prober.connect(probe) { [weak run] result in
                done(
                    CheckCall.Result(result) { (connection) throws(ProbeError) in
                        guard let run else { return (.nil, "too late") }
                        return (.count(run.keep(connection)), "connected")
                    })
            }
        }
    }

    /// `tls = true`, or a table of what differs.
    private static func tlsOptions(_ keys: KeyReader) throws(ArgumentError) -> TLSOptions? {
        switch keys["tls"] {
        case .nil, .boolean(false): return nil
        case .boolean(true): return TLSOptions()
        case .table(let table):
            let inner = try KeyReader(
                call: "tcp.connect: tls", table: table, known: ["serverName", "verify", "caFile"])
            var options = try securityOptions(inner)
            if let name = try inner.text("serverName") {
                guard DomainNameText.isValid(name), IPAddress(name) == nil else {
                    throw inner.wrong("serverName", "a host's name")
                }
                options.serverName = name
            }
            return options
        default: throw keys.wrong("tls", "true or a table")
        }
    }

    private static func connection(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> any ProbeConnection {
        guard let number = arguments[0].asInteger, let connection = run.connections[number] else {
            throw ArgumentError("\(arguments.call): the connection is closed")
        }
        return connection
    }

    static func readCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let connection = try connection(arguments, run)
        let amount: ReadAmount
        if arguments[1] == .text("line") {
            amount = .line
        } else if arguments[1] == .text("all") {
            amount = .all
        } else {
            guard let count = arguments[1].asInteger, (1...ReadAmount.bytesMax).contains(count)
            else {
                throw ArgumentError(
                    "connection:read: give a number of bytes from 1 to \(ReadAmount.bytesMax),"
                        + " \"line\" or \"all\"")
            }
            amount = .count(count)
        }
        return CheckCall(words: "read \(amount) from \(connection.peer)") { _, done in
            connection.read(amount) { result in
                done(
                    CheckCall.Result(result) { (bytes: [UInt8]?) throws(ProbeError) in
                        guard let bytes else { return (.nil, "closed by the peer") }
                        return (.string(LuaString(bytes: bytes)), "\(bytes.count) bytes")
                    })
            }
        }
    }

    static func writeCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let connection = try connection(arguments, run)
        guard case .string(let data) = arguments[1] else {
            throw ArgumentError("connection:write: give text, not \(arguments[1].words)")
        }
        return CheckCall(words: "write \(data.bytes.count) bytes to \(connection.peer)") {
            _, done in
            connection.write(data.bytes) { result in
                done(
                    CheckCall.Result(result) { (_: Void) throws(ProbeError) in
                        (.boolean(true), "written")
                    })
            }
        }
    }
}
