// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Functions that may act on servers, and not declare: timers and state callbacks.
extension ControlScripts {
    /// Calls a timer's function once; what it returns says nothing.
    ///
    /// - Parameter index: the position in ``DeclaredConfiguration/timers``.
    /// - Returns: why it failed; `nil` when it did not.
    public func runTimer(_ index: Int) -> ScriptFault? {
        let reference = configuration.timers[index].function
        return perform(evaluation.functions[reference.ordinal], [], of: reference)
    }

    /// Tells a state callback of a change; one that wants servers only hears of nothing else.
    ///
    /// - Parameter index: the position in ``DeclaredConfiguration/stateCallbacks``.
    /// - Returns: why it failed; `nil` when it did not.
    public func runStateCallback(_ index: Int, _ change: StateChange) -> ScriptFault? {
        let callback = configuration.stateCallbacks[index]
        let function = evaluation.functions[callback.function.ordinal]
        switch callback.form {
        case .change:
            return perform(
                runners.callback, [.function(function), change.table], of: callback.function)
        case .server:
            return perform(
                function, [.text(change.nameWithAddress), .boolean(change.to == "up")],
                of: callback.function)
        }
    }

    private func perform(
        _ function: LuaFunction, _ arguments: [LuaValue], of reference: FunctionReference
    ) -> ScriptFault? {
        vm.phase = .action
        do throws(LuaError) {
            let results = try vm.call(
                function, arguments,
                budgetMilliseconds: configuration.scriptLimits.controlMilliseconds)
            release(results)
            return nil
        } catch {
            return explanation.fault(error, in: reference.location)
        }
    }
}
