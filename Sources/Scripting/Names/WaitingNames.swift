// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import LuaRuntime
import Probing

/// The host's half of `dns.query`, `tcp.connect`, `exec.run` and `sleep`; the prelude is the other.
///
/// Each returns `false` and words at once when it cannot be begun, else leaves a ``CheckCall`` with
/// the run and suspends.
extension Evaluation {
    static let queryKeys = [
        "server", "name", "type", "class", "transport", "timeout", "retries", "recursionDesired",
        "checkingDisabled", "dnssecOK", "source",
    ]
    static let connectKeys = ["address", "timeout", "source", "tls"]
    static let processKeys = ["timeout", "environment"]

    private static let retries = 0...10
    /// Connections one run may hold open: more is a leak in a loop.
    private static let connectionsMax = 64

    func defineWaitingNames(_ slot: RunSlot) throws(LuaError) {
        try defineComplaints()
        try defineWaiting("query", slot) { (arguments, run) throws(ArgumentError) in
            try Self.queryCall(arguments, run)
        }
        try defineWaiting("connect", slot) { (arguments, run) throws(ArgumentError) in
            try Self.connectCall(arguments, run)
        }
        try defineWaiting("read", slot) { (arguments, run) throws(ArgumentError) in
            try Self.readCall(arguments, run)
        }
        try defineWaiting("write", slot) { (arguments, run) throws(ArgumentError) in
            try Self.writeCall(arguments, run)
        }
        try defineWaiting("run", slot) { (arguments, run) throws(ArgumentError) in
            try Self.processCall(arguments, run)
        }
        try defineWaiting("sleep", slot) { (arguments, _) throws(ArgumentError) in
            try Self.sleepCall(arguments)
        }
        try vm.define("__pharos.close") { call in
            guard let run = slot.current, let number = call[0].asInteger else {
                call.results = [.boolean(false), .text("connection:close: only in its own run")]
                return .returned
            }
            run.connections.removeValue(forKey: number)?.close()
            call.results = [.boolean(true)]
            return .returned
        }
        try vm.define("__pharos.refusal") { [unowned self] call in
            let name = call[0].text ?? ""
            switch vm.phase {
            case .check where slot.current != nil: call.results = []
            case .check, .load:
                call.results = [.text("\(name): only in a check's run, not while loading")]
            case .rule:
                call.results = [.text("\(name): not available in an announce rule")]
            case .policy:
                call.results = [.text("\(name): not available in a balancing policy")]
            }
            return .returned
        }
    }

    private func defineWaiting(
        _ name: String, _ slot: RunSlot,
        _ body: @escaping (Arguments, CheckRun) throws(ArgumentError) -> CheckCall
    ) throws(LuaError) {
        let words = [
            "query": "dns.query", "connect": "tcp.connect", "read": "connection:read",
            "write": "connection:write", "run": "exec.run", "sleep": "sleep",
        ]
        let path = words[name] ?? name
        try vm.define("__pharos.\(name)", suspending: true) { [unowned self] call in
            defer { call.releaseFunctions() }
            guard let run = slot.current, run.pendingCall == nil else {
                call.results = [.boolean(false), .text("\(path): only in a check's run")]
                return .returned
            }
            _ = self
            do throws(ArgumentError) {
                run.pendingCall = try body(
                    Arguments(call: path, values: call.arguments), run)
                return .suspended
            } catch {
                call.results = [.boolean(false), .text(error.description)]
                return .returned
            }
        }
    }

    // MARK: dns.query

    private static func queryCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let keys = try KeyReader(
            call: "dns.query", table: arguments.table(0, "its argument"), known: queryKeys)
        let probe = try queryProbe(keys, run)
        return CheckCall(words: "\(probe.call) \(probe.question.name) \(probe.question.type.name)")
        {
            prober, done in
            prober.query(probe) { result in
                done(
                    CheckCall.Result(result) { (reply: DNSProbeReply) throws(ProbeError) in
                        (ReplyTable.value(try reply.decoded(), reply), reply.summary)
                    })
            }
        }
    }

    private static func queryProbe(
        _ keys: KeyReader, _ run: CheckRun
    ) throws(ArgumentError) -> DNSProbe {
        guard let server = try keys.endpoint("server", defaultPort: 53) else {
            throw keys.missing("server")
        }
        let name = try domainName(keys.requiredText("name"))
        let type =
            keys.has("type")
            ? try queryType(keys["type"], call: "dns.query", name: "type") : DNSType.a.rawValue
        let `class` =
            keys.has("class")
            ? try queryClass(keys["class"], call: "dns.query", name: "class")
            : DNSClass.internet.rawValue
        var probe = DNSProbe(
            server: server,
            question: DNSQuestion(
                name: name, type: DNSType(rawValue: type), class: DNSClass(rawValue: `class`)))
        switch try keys.word("transport", of: ["udp", "tcp", "both"]) {
        case "tcp": probe.transport = .tcp
        case "both": probe.transport = .both
        default: probe.transport = .udp
        }
        probe.timeoutMilliseconds =
            try keys.milliseconds("timeout", atLeast: 0.001) ?? run.remainingMilliseconds
        probe.retries = try keys.integer("retries", in: retries) ?? 0
        probe.recursionDesired = try keys.boolean("recursionDesired") ?? true
        probe.checkingDisabled = try keys.boolean("checkingDisabled") ?? false
        probe.dnssecOK = try keys.boolean("dnssecOK") ?? false
        probe.source = try keys.address("source")
        return probe
    }

    private static func domainName(_ text: String) throws(ArgumentError) -> DNSName {
        do throws(DNSNameError) {
            return try DNSName(text)
        } catch {
            throw ArgumentError("dns.query: \(error)")
        }
    }

    // MARK: tcp.connect

    private static func connectCall(
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
        if keys["tls"].isTrue { throw ArgumentError("tcp.connect: tls is not supported yet") }
        guard run.connections.count < connectionsMax else {
            throw ArgumentError("tcp.connect: \(connectionsMax) connections are open already")
        }
        var probe = TCPProbe(address: address)
        probe.timeoutMilliseconds =
            try keys.milliseconds("timeout", atLeast: 0.001) ?? run.remainingMilliseconds
        probe.source = try keys.address("source")
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

    private static func connection(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> any ProbeConnection {
        guard let number = arguments[0].asInteger, let connection = run.connections[number] else {
            throw ArgumentError("\(arguments.call): the connection is closed")
        }
        return connection
    }

    private static func readCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let connection = try connection(arguments, run)
        let amount: ReadAmount
        if arguments[1] == .text("line") {
            amount = .line
        } else {
            guard let count = arguments[1].asInteger, (1...ReadAmount.bytesMax).contains(count)
            else {
                throw ArgumentError(
                    "connection:read: give a number of bytes from 1 to \(ReadAmount.bytesMax),"
                        + " or \"line\"")
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

    private static func writeCall(
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

    // MARK: exec

    /// Arguments: the name of the function as the script has it, and the command.
    private static func processCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let name = arguments[0].text ?? "exec.run"
        let command = Arguments(call: name, values: Array(arguments.values.dropFirst()))
        var probe = try processProbe(command)
        if probe.timeoutMilliseconds <= 0 { probe.timeoutMilliseconds = run.remainingMilliseconds }
        let mustSucceed = name == "exec.check"
        let words = "\(name) \(probe.arguments.joined(separator: " ").prefix(120))"
        return CheckCall(words: words) { [probe] prober, done in
            prober.run(probe) { result in
                guard case .success(let outcome) = result, mustSucceed, outcome.status != 0 else {
                    done(
                        CheckCall.Result(result) { (outcome) throws(ProbeError) in
                            (ProcessTable.value(outcome), "\(outcome.ending)")
                        })
                    return
                }
                let said = ProcessTable.firstLine(outcome)
                done(
                    .failure(
                        words: "\(words): \(outcome.ending)" + (said.isEmpty ? "" : ": \(said)"),
                        isHard: false))
            }
        }
    }

    private static func processProbe(_ command: Arguments) throws(ArgumentError) -> ProcessProbe {
        if case .string(let line) = command[0] {
            guard command.call != "exec.run" else {
                throw ArgumentError(
                    "exec.run: give a list, {\"dig\", \"+short\", …}, or use exec.shell for a line")
            }
            var probe = ProcessProbe(arguments: ["/bin/sh", "-c", line.text])
            probe.timeoutMilliseconds = 0
            return probe
        }
        let table = try command.table(0, "its argument")
        let keys = KeyReader(call: command.call, table: LuaTable(fields: table.fields))
        if let stranger = keys.strangers(processKeys).first { throw ArgumentError(stranger) }
        var words: [String] = []
        for value in table.array {
            guard let word = value.asText else {
                throw ArgumentError("\(command.call): \(value.words) is no argument of a command")
            }
            words.append(word)
        }
        guard let program = words.first, !program.isEmpty else {
            throw ArgumentError("\(command.call): the command is empty")
        }
        if command.call == "exec.shell" {
            words = ["/bin/sh", "-c", words.joined(separator: " ")]
        }
        var probe = ProcessProbe(arguments: words)
        probe.timeoutMilliseconds = try keys.milliseconds("timeout", atLeast: 0.001) ?? 0
        if case .table(let environment) = keys["environment"] {
            for field in environment.fields {
                guard let name = field.key.text, let value = field.value.asText else {
                    throw keys.wrong("environment", "a table of texts by name")
                }
                probe.environment[name] = value
            }
        } else if keys.has("environment") {
            throw keys.wrong("environment", "a table of texts by name")
        }
        return probe
    }

    // MARK: sleep

    private static func sleepCall(_ arguments: Arguments) throws(ArgumentError) -> CheckCall {
        let keys = KeyReader(call: "sleep", table: LuaTable(["seconds": arguments[0]]))
        guard let milliseconds = try keys.milliseconds("seconds") else {
            throw keys.missing("seconds")
        }
        return CheckCall(words: "sleep \(TimeText.words(milliseconds: milliseconds))") {
            prober, done in
            prober.sleep(milliseconds: milliseconds) {
                done(.value(.boolean(true), summary: "done"))
            }
        }
    }
}
