// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// The prelude's functions through which control's VM calls scripts: they make misspelt fields of what
/// a script is given an error.
struct PreludeRunners {
    let check: LuaFunction
    let rule: LuaFunction
    let callback: LuaFunction
    let visitor: LuaFunction

    /// Runs the prelude of control's VM.
    init(in vm: LuaVM) throws(LuaError) {
        let functions = try Prelude.run(Prelude.control, in: vm).compactMap(\.asFunction)
        guard functions.count == 4 else {
            preconditionFailure("BUG DETECTED: the prelude returns four functions")
        }
        check = functions[0]
        rule = functions[1]
        callback = functions[2]
        visitor = functions[3]
    }
}
