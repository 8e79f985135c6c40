// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch a way around the bounds: bytecode, finalisers, hooks, the collector, the string
/// metatable, a host object's metatable.
@Suite struct LuaSandboxTests {
    @Test(arguments: [
        (
            "setmetatable({}, {__gc = print})",
            "__gc is not available to scripts (use a <close> variable)"
        ),
        ("load('\\27Lua')()", "attempt to call a nil value"),
        (
            "assert(load('\\27Lua', 'x', 'b'))",
            "attempt to load a binary chunk (mode is 't')"
        ),
        ("string.dump(print)", "attempt to call a nil value (field 'dump')"),
        ("debug.sethook()", "attempt to call a nil value (field 'sethook')"),
        ("require('debug').getregistry()", "attempt to call a nil value (field 'getregistry')"),
        ("debug.setmetatable('', {})", "attempt to call a nil value (field 'setmetatable')"),
        ("os.exit()", "os.exit would end the daemon"),
        ("package.loadlib('x', 'y')", "attempt to call a nil value (field 'loadlib')"),
    ])
    func refuses(_ source: String, _ message: String) throws {
        let vm = try makeVM()
        #expect(vm.failure(source)?.message == message)
    }

    @Test func theHostLoadsNoBytecodeEither() throws {
        let vm = try makeVM()
        #expect(throws: LuaError.self) { try vm.load("\u{1B}Lua", chunkName: "x") }
    }

    @Test func collectgarbageOnlyTells() throws {
        let vm = try makeVM()
        #expect(
            try vm.run(
                "return collectgarbage(), collectgarbage('stop'), collectgarbage('count') > 10")
                == [0, 0, .boolean(true)])
    }

    @Test func patternsAreBoundedThroughTheStringMetatableToo() throws {
        let vm = try makeVM()
        #expect(
            try vm.run(
                "return getmetatable('').__index.find == string.find, ('x').rep == string.rep")
                == [.boolean(true), .boolean(true)])
    }

    @Test func debugStillTells() throws {
        let vm = try makeVM()
        #expect(
            try vm.run("return debug.getinfo(1, 'l').currentline, #debug.traceback() > 0")
                == [1, .boolean(true)])
    }

    @Test(
        arguments: [
            ("return ('hello world'):find('o w')", [5, 7]),
            ("return ('hello'):find('l+')", [3, 4]),
            ("return ('a.b'):find('.', 1, true)", [2, 2]),
            ("return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')", ["key", "value"]),
            ("return ('abc'):match('()b()')", [2, 3]),
            ("return ('THE (quick) fox'):find('%((%a+)%)')", [5, 11, "quick"]),
            ("return ('f(a(b)c)d'):match('%b()')", ["(a(b)c)"]),
            ("return ('THE (quick) fox'):gsub('%f[%a]%a+', string.lower)", ["the (quick) fox", 3]),
            ("return ('abc'):gsub('', '-')", ["-a-b-c-", 4]),
            ("return ('hello'):gsub('(l)(l)', '%2%1%%%0')", ["hell%llo", 1]),
            ("return ('$x $y'):gsub('%$(%w+)', {x = '1'})", ["1 $y", 2]),
            ("return ('[]]'):find('[]]')", [2, 2]),
            ("return ('aXb'):gsub('%u', '%0%0', 1)", ["aXXb", 1]),
            ("return ('x'):match('(('), 1", []),
            (
                "local r = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do r[#r+1] = k .. v end "
                    + "return table.unpack(r)", ["a1", "b2"]
            ),
        ] as [(String, [LuaValue])])
    func patternsMeanWhatLuaSays(_ source: String, _ expected: [LuaValue]) throws {
        let vm = try makeVM()
        if expected.isEmpty {
            #expect(vm.failure(source)?.message == "unfinished capture")
        } else {
            #expect(try vm.run(source) == expected)
        }
    }

    @Test func theLibraryWorksAsUsual() throws {
        let vm = try makeVM()
        try vm.run(
            """
            local t = table.move({1, 2, 3}, 1, 3, 2)
            assert(#t == 4 and t[1] == 1 and t[2] == 1 and t[4] == 3)
            t = table.move({1, 2, 3}, 2, 3, 1) assert(t[1] == 2 and t[2] == 3 and t[3] == 3)
            t = {} table.insert(t, 'b') table.insert(t, 1, 'a') table.insert(t, 3, 'c')
            assert(table.concat(t) == 'abc' and table.remove(t, 1) == 'a' and table.remove(t) == 'c')
            assert(#t == 1 and table.remove(t) == 'b' and table.remove(t) == nil and #t == 0)
            assert(not pcall(table.insert, t))
            assert(table.concat({1, 'a', 2.5}, ', ') == '1, a, 2.5' and table.concat({}) == '')
            assert(table.concat({1, 2, 3}, '-', 2, 3) == '2-3')
            t = {3, 1, 2} table.sort(t) assert(t[1] == 1 and t[3] == 3)
            table.sort(t, function(a, b) return a > b end) assert(t[1] == 3)
            assert(select(2, xpcall(error, function(m) return m .. '!' end, 'x')) == 'x!')
            assert(select('#', xpcall(function(...) return ... end, print, 1, nil, 3)) == 4)
            assert(not pcall(setmetatable, 1, {}))
            assert(getmetatable(setmetatable({}, {x = 1})).x == 1)
            assert(load('return ...', 'n', 't', {})(5) == 5 and load('x = = 1') == nil)
            local env = {} load('y = 1', 'n', 't', env)() assert(env.y == 1 and y == nil)
            local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error(b) end)
            assert(select(2, coroutine.resume(co, 1)) == 2 and coroutine.status(co) == 'suspended')
            local ok, m = coroutine.resume(co, 'e') assert(not ok and m:find('e$'))
            assert(coroutine.status(co) == 'dead' and not coroutine.resume(co))
            local c2 = coroutine.create(function() coroutine.yield() end) coroutine.resume(c2)
            assert(coroutine.close(c2) and coroutine.status(c2) == 'dead')
            assert(not pcall(coroutine.wrap(function() error('w') end)))
            assert(not coroutine.isyieldable() and not pcall(coroutine.yield))
            """)
    }

    @Test func objectsHideTheirInsides() throws {
        let vm = try makeVM()
        try vm.defineKind(
            1,
            LuaKind(
                name: "server",
                methods: [
                    "isUp": { call in
                        call.results = [.integer(Int64(call.receiver?.id ?? 0)), call[0]]
                        return .returned
                    }
                ],
                get: { call in
                    guard call[0].text == "name" else {
                        return .raised("server has no field '\(call[0].text ?? "?")'")
                    }
                    call.results = ["dns1"]
                    return .returned
                },
                set: { call in
                    call[0].text == "weight" ? .returned : .raised("cannot set it")
                },
                text: { call in
                    call.results = ["dns1 (192.0.2.1:53)"]
                    return .returned
                }))
        try vm.defineKind(2, LuaKind(name: "check", methods: ["up": { _ in .returned }]))
        let server = LuaObject(kind: 1, id: 4, generation: 2)
        try vm.set("s", .object(server))
        try vm.set("same", .object(server))
        try vm.set("c", .object(LuaObject(kind: 2, id: 4)))
        #expect(try vm.get("s") == .object(server))
        #expect(try vm.run("return s:isUp(7)") == [4, 7])
        #expect(
            try vm.run("local t = {[s] = 1} return s.name, tostring(s), s == same, t[same]")
                == ["dns1", "dns1 (192.0.2.1:53)", .boolean(true), 1])
        #expect(
            try vm.run("s.weight = 5 return getmetatable(s), tostring(c)") == ["server", "check 4"])
        let failures = [
            (
                "s.isUp()",
                "server:isUp must be called on its object, with a colon (object:method())"
            ),
            (
                "s.isUp(c)",
                "server:isUp must be called on its object, with a colon (object:method())"
            ),
            ("return s.nam", "server has no field 'nam'"), ("s.x = 1", "cannot set it"),
            ("c.x = 1", "fields of a check cannot be changed"),
            ("return c.uP", "check has no field 'uP' (did you mean 'up'?)"),
            ("return c[1]", "check has no numbered fields"),
        ]
        for (source, message) in failures { #expect(vm.failure(source)?.message == message) }
    }
}
