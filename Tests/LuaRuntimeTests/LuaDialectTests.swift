// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch: something that scripts for LuaJIT call and that is gone, or does another thing. What
/// is expected was printed by Lua 5.1; `bit` is as bitop.luajit.org tells it.
@Suite struct LuaDialectTests {
    /// An expression, and what `tostring` shows of its values.
    @Test(arguments: [
        ("unpack({1, 2, 3})", "1 2 3"), ("unpack({1, 2, 3}, 2, 2.9)", "2"),
        ("loadstring('return 7')()", "7"), ("loadstring('x x') == nil", "true"),
        ("table.getn({1, 2})", "2"), ("table.maxn({[1] = 1, [10.5] = 1, [3] = 1})", "10.5"),
        ("table.maxn({})", "0"), ("math.mod(7, 4)", "3"), ("math.pow(2, 10) == 1024", "true"),
        ("math.log10(1000) == 3", "true"), ("math.ldexp(0.5, 4) == 8", "true"),
        ("math.frexp(8)", "0.5 4"), ("math.cosh(0) == 1 and math.sinh(0) == 0", "true"),
        ("math.tanh(0) == 0", "true"), ("string.gfind('a=1', '(%w+)=(%w+)')()", "a 1"),
        ("type(gcinfo())", "number"),
        ("table.foreach({a = 1}, function(k, v) return k .. v end)", "a1"),
        ("table.foreachi({'x', 'y'}, function(i, v) if i == 2 then return v end end)", "y"),
        ("newproxy, setfenv, getfenv, module", "nil nil nil nil"),
    ])
    func functionsOfLua51AreThere(_ source: String, _ expected: String) throws {
        #expect(try shown(source) == expected)
    }

    @Test(arguments: [
        ("string.format('%d', 3.5)", "3"), ("string.format('%d', -3.5)", "-3"),
        ("string.format('%5.1f|%d|%s', 2.25, 7.9, 'x')", "  2.2|7|x"),
        ("string.format('%x %X %o %c %i', 255.9, 255.9, 8.5, 65.5, 1.5)", "ff FF 10 A 1"),
        ("string.format('%u%%', 12)", "12%"), ("string.format('%u of %d', 12.5, 13)", "12 of 13"),
        ("string.format('queue %s', 'u')", "queue u"), ("('%03d'):format(7.9)", "007"),
        ("string.rep('ab', 2.9)", "abab"), ("string.sub('abcdef', 2.9, 4.2)", "bcd"),
        ("('abcdef'):sub(-3.5)", "def"), ("string.sub('abc', 1, math.huge)", "abc"),
        ("string.sub('abc', 0)", "abc"), ("string.sub('abc', 3, 2)", ""),
        ("string.sub('abc', -2, -1)", "bc"), ("string.sub('abc', -9, -9)", ""),
        ("string.byte('A', 1.5)", "65"), ("string.byte('abc', 2)", "98"),
        ("select('#', string.byte('abc', 4))", "0"), ("string.byte('abc', -1)", "99"),
        ("string.byte('abc', 1, -1)", "97 98 99"), ("string.char(65.9, 66)", "AB"),
        ("string.find('a.b', '.', 2.5, true)", "2 2"), ("string.match('a1b2', '%d', 3.1)", "2"),
        ("string.gsub('aaa', 'a', 'b', 2.7)", "bba 2"), ("select(2.5, 'a', 'b', 'c')", "b c"),
        ("select('#', 1, 2)", "2"), ("table.concat({1, 2, 3}, ',', 1.5, 2.5)", "1,2"),
        ("os.date('!%Y', 86400.5)", "1970"),
        (
            "os.time{year = 2000, month = 1.9, day = 1.5} == os.time{year = 2000, month = 1, day = 1}",
            "true"
        ),
    ])
    func fractionsAreCutOffWhereIntegersAreWanted(
        _ source: String, _ expected: String
    ) throws {
        #expect(try shown(source) == expected)
    }

    @Test func randomTakesFractions() throws {
        let vm = try makeVM()
        let result = try vm.run(
            """
            local seen = {}
            for i = 1, 200 do
                seen[math.random(1, 2.5)] = true
                assert(math.random(3.9) <= 3)
                local r = math.random()
                assert(r >= 0 and r < 1)
            end
            return seen[1], seen[2], seen[3]
            """)
        #expect(result == [.boolean(true), .boolean(true), .nil])
    }

    @Test(arguments: [
        ("table.insert(t, 2.9, 'x')", "a x b c"), ("table.insert(t, 4.0, 'x')", "a b c x"),
        ("table.remove(t, 1.5)", "b c"), ("table.remove(t, 9)", "a b c"),
        ("table.remove(t)", "a b"), ("table.insert(t, 6, 'x') t[4], t[5] = 1, 2", "a b c 1 2 x"),
    ])
    func tablesTakeFractionsAndPositionsBeyondTheEnd(
        _ statement: String, _ expected: String
    ) throws {
        let vm = try makeVM()
        let result = try vm.run(
            "local t = {'a', 'b', 'c'} \(statement) return table.concat(t, ' ')")
        #expect(result == [.text(expected)])
    }

    @Test(arguments: [
        ("string.gsub('a', 'a', '%x')", "x 1"), ("string.gsub('ab', 'b', '%')", "a% 1"),
        ("string.gsub('a', '(a)', '%1%1')", "aa 1"), ("string.gsub('a', 'a', '%%')", "% 1"),
    ])
    func aLonePercentSignInAReplacementIsNoError(_ source: String, _ expected: String) throws {
        #expect(try shown(source) == expected)
    }

    @Test(arguments: [
        ("bit.tobit(0xffffffff)", "-1"), ("bit.tobit(0xffffffff + 1)", "0"),
        ("bit.tobit(2^40 + 1234)", "1234"), ("bit.tobit(-2^31)", "-2147483648"),
        ("bit.tohex(1)", "00000001"), ("bit.tohex(-1)", "ffffffff"),
        ("bit.tohex(-1, -8)", "FFFFFFFF"),
        ("bit.tohex(0x21, 4)", "0021"), ("bit.tohex(0x87654321, 4)", "4321"),
        ("bit.bnot(0)", "-1"), ("bit.bnot(0x12345678)", "-305419897"),
        ("bit.bor(1, 2, 4, 8)", "15"), ("bit.band(0x12345678, 0xff)", "120"),
        ("bit.bxor(0xa5a5f0f0, 0xaa55ff00)", "267390960"), ("bit.lshift(1, 0)", "1"),
        ("bit.lshift(1, 8)", "256"), ("bit.lshift(1, 40)", "256"), ("bit.rshift(256, 8)", "1"),
        ("bit.rshift(-256, 8)", "16777215"), ("bit.arshift(256, 8)", "1"),
        ("bit.arshift(-256, 8)", "-1"), ("bit.lshift(0x87654321, 12)", "1412567040"),
        ("bit.rshift(0x87654321, 12)", "554580"), ("bit.arshift(0x87654321, 12)", "-493996"),
        ("bit.rol(0x12345678, 12)", "1164411171"), ("bit.ror(0x12345678, 12)", "1736516421"),
        ("bit.rol(1, 32)", "1"), ("bit.ror(1, 0)", "1"),
        ("bit.bswap(0x12345678)", "2018915346"), ("bit.bswap(0x78563412)", "305419896"),
        ("bit.band('0xff', 15)", "15"), ("require('bit') == bit", "true"),
        ("math.type(bit.band(3.0, 1))", "integer"),
    ])
    func bitIsLuaJITs(_ source: String, _ expected: String) throws {
        #expect(try shown(source) == expected)
    }

    @Test(arguments: [
        ("bit32.bnot(0)", "4294967295"), ("bit32.band()", "4294967295"),
        ("bit32.bor(1, 2)", "3"), ("bit32.bxor(5, 1)", "4"), ("bit32.btest(2, 1)", "false"),
        ("bit32.lshift(1, 32)", "0"), ("bit32.lshift(4, -1)", "2"),
        ("bit32.rshift(0x80000000, 31)", "1"), ("bit32.rshift(1, -4)", "16"),
        ("bit32.arshift(0x80000000, 31)", "4294967295"), ("bit32.arshift(1, -1)", "2"),
        ("bit32.lrotate(0x80000001, 1)", "3"), ("bit32.rrotate(3, 1)", "2147483649"),
        ("bit32.extract(0xf0, 4, 4)", "15"), ("bit32.replace(0, 7, 4, 2)", "48"),
        ("require('bit32') == bit32", "true"),
    ])
    func bit32IsLua52s(_ source: String, _ expected: String) throws {
        #expect(try shown(source) == expected)
    }

    @Test func executeGivesANumber() throws {
        let vm = try makeVM()
        #expect(try vm.run("return os.execute('true')") == [0, "exit", 0])
        #expect(try vm.run("return os.execute('exit 3')") == [768, "exit", 3])
        #expect(try vm.run("return os.execute()") == [1])
    }

    @Test(arguments: [
        (
            "require('ffi')",
            "require: 'ffi' is compiled code, which is not loaded here; it is"
                + " LuaJIT's; functions of LuaAction and setServerPolicyLua take no lock here"
        ),
        (
            "require('socket.core')",
            "require: 'socket.core' is compiled code, which is not loaded"
                + " here; use tcp.connect or dns.query in a check"
        ),
        ("string.rep('x', 0/0)", "bad argument #2 to 'rep' (not a number (0/0))"),
        ("string.sub('x', {})", "bad argument #2 to 'sub' (number expected, got table)"),
        ("bit.band('x')", "bad argument #1 to 'band' (number expected, got string)"),
    ])
    func whatIsNotThereSaysWhatToUse(_ source: String, _ expected: String) throws {
        let vm = try makeVM()
        #expect(vm.failure(source)?.message == expected)
    }

    @Test func aModuleThatIsNowhereSaysWhereItWasLookedFor() throws {
        let vm = try makeVM()
        let message = try #require(vm.failure("require('nowhere.at_all')")?.message)
        #expect(message.contains("module 'nowhere.at_all' not found"))
        #expect(message.contains("no file './nowhere/at_all.lua'"))
        #expect(message.contains("(modules in C are not loaded here)"))
    }

    /// The shims are plain globals: an absent name stays the cheapest read there is.
    @Test func theGlobalsHaveNoMetatable() throws {
        let vm = try makeVM()
        #expect(try vm.run("return getmetatable(_G), someAbsentName") == [.nil, .nil])
    }

    /// `..` and `tostring` agree, as keys that are built with either must.
    @Test func quotientsArePrintedAsLua54Does() throws {
        #expect(try shown("10 / 2 .. '', tostring(10 / 2), 10 // 2 .. ''") == "5.0 5.0 5")
        #expect(try shown("string.format('%d', 10 / 2), math.floor(10 / 2) .. ''") == "5 5")
    }

    private func shown(_ source: String) throws -> String {
        let vm = try makeVM()
        let values = try vm.run(
            """
            local function pack(...) return select("#", ...), {...} end
            local count, values = pack(\(source))
            for i = 1, count do values[i] = tostring(values[i]) end
            return table.concat(values, " ")
            """)
        return values.first?.text ?? "nothing"
    }
}
