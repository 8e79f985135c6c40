// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a function of Lua's own that published files use while they are read, and that a
/// configuration has not, or in another form than LuaJIT's.
@Suite struct LibraryTests {
    /// The values of the expressions, after `preparation` ran in a folder with a few files.
    private static func values(_ preparation: String, _ expressions: String) throws -> [LuaValue] {
        let folder = "/tmp/pharos-library-\(UInt32.random(in: .min ... .max))"
        defer { _ = try? EnvironmentHooks.system.execute("rm -rf \(folder)") }
        _ = try EnvironmentHooks.system.execute(
            """
            mkdir -p \(folder) && cd \(folder) && printf 'one.example\\n\\ntwo.example\\n' > list &&
            echo 'part = "read" return 7' > part.lua && echo 'return {value = 9}' > module.lua
            """)
        let generation = try Fixture.build(
            """
            folder = "\(folder)"
            \(preparation)
            result = {\(expressions)}
            """, mode: .run)
        defer { generation.close() }
        guard case .table(let table) = try generation.control.vm.get("result") else { return [] }
        return table.array
    }

    @Test func listsAreReadFromFilesInEveryWay() throws {
        let values = try Self.values(
            """
            lines = {}
            for line in io.lines(folder .. "/list") do
              if string.len(line) > 0 then table.insert(lines, line) end
            end
            local file = io.open(folder .. "/list", "r")
            first = file:read("*l")
            rest = file:read("*a")
            closed = io.close(file)
            missing, why = io.open(folder .. "/none", "r")
            local out = assert(io.open(folder .. "/out", "w"))
            out:write("a", 1, "\\n")
            out:close()
            for line in io.open(folder .. "/out"):lines() do written = line end
            """,
            "#lines, lines[1], lines[2], first, rest, closed, missing == nil, type(why), written")
        #expect(
            values == [
                2, "one.example", "two.example", "one.example", "\ntwo.example\n",
                .boolean(true), .boolean(true), "string", "a1",
            ])
    }

    @Test func otherFilesAndCommandsAreRead() throws {
        let values = try Self.values(
            """
            returned = dofile(folder .. "/part.lua")
            package.path = folder .. "/?.lua;" .. package.path
            module = require("module")
            again = require("module")
            local pipe = io.popen("echo from; echo command")
            said = pipe:read("*a")
            pipe:close()
            """,
            "returned, part, module.value, module == again, said, os.getenv('PATH') ~= nil,"
                + " os.getenv('PHAROS_NONE') == nil, os.time() > 1e9, #os.date('%Y-%m-%d'),"
                + " os.date('!%H:%M', 3600)")
        #expect(
            values == [
                7, "read", 9, .boolean(true), "from\ncommand\n", .boolean(true), .boolean(true),
                .boolean(true), 10, "01:00",
            ])
    }

    @Test func textIsTakenApartAndPutTogether() throws {
        #expect(
            try Self.values(
                "line = 'address=/ads.example/0.0.0.0 # blocked'",
                """
                line:match("^address=/([^/]+)/"), string.match(line, "#%s*(%w+)"),
                (string.find(line, "/0", 1, true)), string.format("%s-%d-%02x", "a", 3, 10),
                (string.gsub("a.b.c", "%.", "-")), string.len(line), tostring(true), tonumber("12"),
                tonumber("0x10"), tonumber("x") == nil, tostring(nil)
                """) == [
                    "ads.example", "blocked", 21, "a-3-0a", "a-b-c", 38, "true", 12, 16,
                    .boolean(true), "nil",
                ])
    }

    @Test func tablesAreWalked() throws {
        #expect(
            try Self.values(
                """
                sum, names = 0, {}
                for index, number in ipairs{3, 4, nil, 5} do sum = sum + index * number end
                for name, value in pairs{a = 1, b = 2} do names[#names + 1] = name .. value end
                table.sort(names)
                table.insert(names, 1, "first")
                ok, message = pcall(error, "mine")
                fine, value = pcall(function() return 5 end)
                """,
                "sum, table.concat(names, ' '), ok, message, fine, value, type(pairs), type({}),"
                    + " type(nil), collectgarbage('count') > 0") == [
                    11, "first a1 b2", .boolean(false), "mine", .boolean(true), 5, "function",
                    "table", "nil", .boolean(true),
                ])
    }

    /// `infolog` and its kin write where Pharos writes, with the line that said so.
    @Test(arguments: [
        ("print('a', 1)", "info 1 a\t1"), ("infolog('a')", "info 1 a"),
        ("vinfolog('a')", "info 1 a"),
        ("warnlog('a')", "warning 1 a"), ("errlog('a')", "error 1 a"),
    ])
    func whatIsLoggedReachesTheLog(_ call: String, _ expected: String) throws {
        let lines = LogLines()
        try Fixture.build(call, log: { lines.append($0) }).close()
        #expect(
            lines.all.map { "\($0.priority.rawValue) \($0.location?.line ?? 0) \($0.text)" }
                == [expected])
    }
}
