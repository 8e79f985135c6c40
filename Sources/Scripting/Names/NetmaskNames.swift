// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime

/// `newNMG` and its methods.
extension Evaluation {
    func defineNetmaskNames() throws(LuaError) {
        try define("newNMG") { [unowned self] (_, _) throws(ArgumentError) in
            netmaskGroups.append([])
            return [ObjectKind.netmaskGroup.handle(netmaskGroups.count - 1)]
        }
        let add: (inout HostCall) -> HostOutcome = { [unowned self] call in
            guard let group = call.receiver.map({ Int($0.id) }) else {
                return .raised("addMask: call it with a colon")
            }
            return Self.run(
                "addMask",
                { [unowned self] (arguments, _) throws(ArgumentError) in
                    netmaskGroups[group] += try prefixes(arguments, 0, "netmask")
                    return []
                }, &call)
        }
        try defineKind(.netmaskGroup, methods: ["addMask": add, "addMasks": add])
    }
}
