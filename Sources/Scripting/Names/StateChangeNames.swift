// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `onStateChange`, and dnsdist's `addServerStateChangeCallback`.
extension Evaluation {
    /// Each is called for each change: more than this is a loop that declares.
    private static let stateCallbacksMax = 100

    func defineStateChangeNames() throws(LuaError) {
        let names: [(String, StateCallbackDeclaration.Form)] = [
            ("onStateChange", .change), ("addServerStateChangeCallback", .server),
        ]
        for (name, form) in names {
            try declare(name) { [unowned self] (arguments, _) throws(ArgumentError) in
                let function = try arguments.function(0, "function")
                guard configuration.stateCallbacks.count < Self.stateCallbacksMax else {
                    throw ArgumentError(
                        "\(name): there are \(Self.stateCallbacksMax) callbacks already")
                }
                configuration.stateCallbacks.append(
                    StateCallbackDeclaration(
                        function: bind(function, kind: .stateCallback, name: name), form: form))
                return []
            }
        }
    }
}
