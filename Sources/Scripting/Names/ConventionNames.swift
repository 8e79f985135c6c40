// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// `policyReturns`: what built-in policies return to the scripts of the file that calls it. The
/// comment `-- pharos: dnsdist-2.1` at a file's top says the same as `policyReturns("index")`.
extension Evaluation {
    func defineConventionNames() throws(LuaError) {
        try declare("policyReturns") { [unowned self] (arguments, call) throws(ArgumentError) in
            let returnsIndex: Bool
            switch arguments[0].text {
            case "index": returnsIndex = true
            case "server": returnsIndex = false
            default: throw arguments.wrong(0, "what", "\"index\" or \"server\"")
            }
            guard let file = call.caller?.file else {
                throw ArgumentError("policyReturns: call it in the file that it is for")
            }
            do throws(LuaError) {
                try vm.setReturnsIndex(returnsIndex, in: file)
            } catch {
                throw ArgumentError("policyReturns: \(error.message)")
            }
            return []
        }
    }
}
