// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// What a survey needs of the VM before the file runs.
extension NameSurvey {
    func noteGlobals(_ vm: LuaVM) throws(LuaError) {
        let names = try Prelude.run(Self.walk, in: vm).first?.asTable
        globals = Set(names?.array.compactMap(\.text) ?? [])
    }

    /// Before the prelude hides its own functions.
    func prepare(_ vm: LuaVM) throws(LuaError) {
        guard isCollecting else { return }
        try vm.set(Self.unknownValue, ObjectKind.inert.handle(0))
        for (name, step) in [("enter", 1), ("leave", -1)] {
            try vm.define("__pharos.\(name)") { [unowned self] _ in
                protections += step
                return .returned
            }
        }
        try Prelude.run(Self.protection, in: vm)
    }

    /// Every global, and every field of those that are tables.
    private static let walk = """
        local names = {}
        for name, value in pairs(_G) do
            names[#names + 1] = name
            if type(value) == "table" and value ~= _G then
                for field in next, value do
                    if type(field) == "string" then names[#names + 1] = name .. "." .. field end
                end
            end
        end
        return names
        """

    /// Tells when the script itself is prepared for a failure.
    private static let protection = """
        local enter, leave, pcall, xpcall = __pharos.enter, __pharos.leave, pcall, xpcall
        local function finish(...)
            leave()
            return ...
        end
        function _G.pcall(...)
            enter()
            return finish(pcall(...))
        end
        function _G.xpcall(...)
            enter()
            return finish(xpcall(...))
        end
        """
}
