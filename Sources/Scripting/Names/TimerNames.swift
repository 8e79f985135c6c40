// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `every`, `addMaintenanceCallback`, and the global function `maintenance`.
extension Evaluation {
    /// More often than each 10 ms would be load, not upkeep.
    private static let timerSecondsMin = 0.01
    /// Beyond this something declares timers in a loop.
    private static let timersMax = 1_000
    /// dnsdist calls its `maintenance` so often.
    private static let maintenanceMilliseconds = 1_000

    func defineTimerNames() throws(LuaError) {
        try declare("every") { [unowned self] (arguments, _) throws(ArgumentError) in
            let keys = KeyReader(call: "every", table: LuaTable(["seconds": arguments[0]]))
            guard
                let interval = try keys.milliseconds("seconds", atLeast: Self.timerSecondsMin)
            else { throw keys.missing("seconds") }
            let function = try arguments.function(1, "function")
            try addTimer(
                function, named: "every \(TimeText.words(milliseconds: interval))", .timer,
                interval)
            return []
        }
        try declare("addMaintenanceCallback") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            try addTimer(
                arguments.function(0, "function"), named: "maintenance callback", .maintenance,
                Self.maintenanceMilliseconds)
            return []
        }
    }

    private func addTimer(
        _ function: LuaFunction, named name: String, _ kind: FunctionReference.Kind,
        _ intervalMilliseconds: Int
    ) throws(ArgumentError) {
        guard configuration.timers.count < Self.timersMax else {
            throw ArgumentError("\(name): there are \(Self.timersMax) timers already")
        }
        configuration.timers.append(
            TimerDeclaration(
                function: bind(function, kind: kind, name: name),
                intervalMilliseconds: intervalMilliseconds))
    }

    /// dnsdist calls a global function of this name each second. Looked for when the whole file was
    /// read, in every VM, so that the functions stay the same list.
    func bindMaintenance() {
        guard let function = (try? vm.get("maintenance"))?.asFunction else { return }
        configuration.timers.append(
            TimerDeclaration(
                function: bind(function, kind: .maintenance, name: "maintenance"),
                intervalMilliseconds: Self.maintenanceMilliseconds))
    }
}
