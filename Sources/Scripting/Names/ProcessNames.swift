// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Probing

/// `exec.run`, `exec.shell`, `exec.check`.
extension Evaluation {
    static let processKeys = ["timeout", "environment"]

    /// Arguments: the name of the function as the script has it, and the command.
    static func processCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let name = arguments[0].text ?? "exec.run"
        let command = Arguments(call: name, values: Array(arguments.values.dropFirst()))
        var probe = try processProbe(command, run)
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

    private static func processProbe(
        _ command: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> ProcessProbe {
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
        probe.timeoutMilliseconds = try run.timeout(of: keys) ?? 0
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
}
