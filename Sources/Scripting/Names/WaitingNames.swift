// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Probing

/// The host's half of `dns.query`, `tcp.connect` and all else that waits; the prelude is the other.
///
/// Each returns `false` and words at once when it cannot be begun, else leaves a ``CheckCall`` with
/// the run and suspends.
extension Evaluation {
    func defineWaitingNames(_ slot: RunSlot) throws(LuaError) {
        try defineComplaints()
        try defineCombinationNames(slot)
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
        try defineWaiting("fetch", slot) { (arguments, run) throws(ArgumentError) in
            try Self.fetchCall(arguments, run)
        }
        try defineWaiting("look", slot) { (arguments, _) throws(ArgumentError) in
            try Self.lookCall(arguments)
        }
        try defineWaiting("sleep", slot) { (arguments, _) throws(ArgumentError) in
            try Self.sleepCall(arguments)
        }
        try vm.define("__pharos.close") { call in
            guard let run = slot.current?.run, let number = call[0].asInteger else {
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
            case .action:
                call.results = [.text("\(name): only a check's run may wait")]
            case .plan:
                call.results = [.text("\(name): not available in a policy's plan")]
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
            "write": "connection:write", "fetch": "http.get", "look": "file.exists",
            "run": "exec.run", "sleep": "sleep",
        ]
        let path = words[name] ?? name
        try vm.define("__pharos.\(name)", suspending: true) { call in
            defer { call.releaseFunctions() }
            guard let branch = slot.current, branch.pendingCall == nil else {
                call.results = [.boolean(false), .text("\(path): only in a check's run")]
                return .returned
            }
            do throws(ArgumentError) {
                branch.pendingCall = try body(
                    Arguments(call: path, values: call.arguments), branch.run)
                return .suspended
            } catch {
                call.results = [.boolean(false), .text(error.description)]
                return .returned
            }
        }
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
