// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

@testable import Scripting

/// What scripts can reach, asked of the virtual machines themselves.
enum ReachableNames {
    static func all() throws -> Set<String> {
        var names: Set<String> = []
        let job = BuildJob(
            path: "reference.lua", text: "", settings: [:], nodeName: "n", limits: LuaLimits(),
            shared: SharedValues(), log: { _ in },
            journal: Journal(folder: ".", executesCommands: false, log: { _ in }))
        let control = try job.evaluateControl()
        defer { control.scripts.close() }
        names.formUnion(try globals(of: control.scripts.vm))
        names.formUnion(members(of: control.scripts.evaluation))
        let plane = try job.evaluatePlane(
            control.configuration, sharing: control.scripts.matchObjects, thread: nil)
        defer { plane.vm.close() }
        names.formUnion(try globals(of: plane.vm))
        names.formUnion(members(of: plane.evaluation))
        for (part, members) in plane.kit.members {
            names.formUnion(members.map { "\(part).\($0)" })
        }
        names.formUnion(try ValueMethods.all())
        for (kind, fields) in KnownFields.byKind { names.formUnion(fields.map { "\(kind).\($0)" }) }
        for (call, keys) in KeyLists.byCall { names.formUnion(keys.map { "\(call).\($0)" }) }
        return names
    }

    /// Values that scripts are given: no list in the code names them.
    static func isTakenOnTrust(_ entry: ReferenceEntry) -> Bool {
        if ["dq", "dr", "ctx"].contains(entry.name) { return true }
        // A policy object is a table of these two.
        return entry.owner == "policy"
    }

    private static func members(of evaluation: Evaluation) -> [String] {
        evaluation.members.flatMap { kind, names in
            names.map { "\(camelCased(kind.name)).\($0)" }
        }
    }

    /// `netmask group` is `netmaskGroup` in the reference.
    private static func camelCased(_ name: String) -> String {
        let words = name.split(separator: " ")
        return words.dropFirst().reduce(String(words.first ?? "")) {
            $0 + $1.prefix(1).uppercased() + $1.dropFirst()
        }
    }

    /// Globals, and functions in tables of theirs, that Lua 5.4 itself does not have.
    private static func globals(of vm: LuaVM) throws -> [String] {
        let chunk = try vm.load(walk, chunkName: "walk")
        guard let names = try vm.call(chunk).first?.asTable else { return [] }
        return names.array.compactMap(\.text).filter { !standard.contains($0) && !isPolicy($0) }
    }

    /// `wrandom.policy`, of each policy.
    private static func isPolicy(_ path: String) -> Bool {
        BuiltinPolicy.allCases.contains { path.hasPrefix("\($0.rawValue).") }
    }

    private static let walk = """
        local names = {}
        for name, value in pairs(_G) do
            names[#names + 1] = name
            if type(value) == "table" and value ~= _G then
                for field, inner in pairs(value) do
                    if type(inner) == "function" then names[#names + 1] = name .. "." .. field end
                end
            end
        end
        return names
        """

    /// `for k, v in pairs(_G)` of Lua 5.4.4 without LUA_COMPAT_MATHLIB.
    private static let standard = Set(
        """
        _G _VERSION assert collectgarbage coroutine coroutine.close coroutine.create
        coroutine.isyieldable coroutine.resume coroutine.running coroutine.status
        coroutine.wrap coroutine.yield debug debug.getinfo debug.traceback error
        getmetatable io io.close io.flush io.input io.lines io.open io.output io.popen io.read
        io.tmpfile io.type io.write ipairs load loadfile math
        math.abs math.acos math.asin math.atan math.ceil math.cos math.deg
        math.exp math.floor math.fmod math.huge math.log
        math.max math.maxinteger math.min math.mininteger math.modf math.pi math.rad
        math.random math.randomseed math.sin math.sqrt math.tan
        math.tointeger math.type math.ult next os os.clock os.date os.difftime os.execute
        os.exit os.getenv os.remove os.rename os.time package
        package.config package.cpath package.loaded package.path
        package.preload package.searchers pairs pcall rawequal rawget
        rawlen rawset select setmetatable string string.byte string.char
        string.find string.format string.gmatch string.gsub string.len string.lower
        string.match string.pack string.packsize string.rep string.reverse string.sub
        string.unpack string.upper table table.concat table.insert table.move table.pack
        table.remove table.sort table.unpack tonumber tostring type utf8 utf8.char
        utf8.codepoint utf8.codes utf8.len utf8.offset warn xpcall
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
