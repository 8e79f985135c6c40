// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Scripting

/// Would catch: a mistake that says something unclear, nothing, or the wrong line, in any of the places
/// where an operator's Lua runs; one that ends the process; and one after which the place is unusable.
@Suite(.timeLimit(.minutes(2))) struct MisbehaviourTests {
    /// A misspelt or missing name.
    static let names = [
        Mistake("infolgo('x')", "there is no function 'infolgo'; did you mean 'infolog'?"),
        Mistake(
            "newThread('x')",
            "dnsdist's newThread is not supported: scripts have no threads of their own; use"
                + " every(seconds, f) or a check"),
        Mistake("frobnicate()", "there is no function 'frobnicate'"),
        Mistake(
            "local x = getServers():isUpp()", "there is no method 'isUpp'; did you mean 'isUp'?"),
        Mistake("local x = ('x'):uper()", "attempt to call a nil value (method 'uper')"),
        Mistake("local x = nothing.there", "attempt to index a nil value (global 'nothing')"),
        Mistake(
            "local x = dnz.query",
            "attempt to index a nil value (global 'dnz'); did you mean 'dns'?",
            except: [.policy: "attempt to index a nil value (global 'dnz'); did you mean 'dns'?"]),
        Mistake("local x\nx.y = 1", "attempt to index a nil value (local 'x')", line: 1),
        Mistake(
            "local x = DNSAction.Drop()",
            "'Drop' is a number, not a function: leave out its parentheses (return DNSAction.Drop)"),
        Mistake("node.name.x = 1", "attempt to index a string value (field 'name')"),
        Mistake("local x = os.exit(1)", "os.exit would end the daemon"),
    ]

    /// What `error` and `assert` are given.
    static let raised = [
        Mistake("error('mine')", "mine"),
        Mistake("error('one\\ntwo')", "one | two"),
        Mistake("error({code = 3, 'gone'})", "raised a table: {'gone', code = 3}"),
        Mistake("error({})", "raised a table: {}"),
        Mistake(
            "error(setmetatable({}, {__tostring = function() return 'object' end}))", "object"),
        Mistake(
            "error(setmetatable({}, {__tostring = function() error('inner') end}))", "inner"),
        Mistake("error(nil)", "raised nil: error was called without a message"),
        Mistake("error()", "raised nil: error was called without a message"),
        Mistake("error(42)", "raised 42, not a message"),
        Mistake("error(false)", "raised false, not a message"),
        Mistake("error(print)", "raised a function, not a message"),
        Mistake("error('')", "raised an empty message"),
        Mistake("assert(false)", "assertion failed!"),
        Mistake("assert(nil, 'no luck')", "no luck"),
        Mistake("assert(false, {why = 'x'})", "raised a table: {why = 'x'}"),
        Mistake("local ok, m = pcall(error, {why = 'x'}) error(m)", "raised a table: {why = 'x'}"),
    ]

    /// Text, nil or a fraction where something else goes.
    static let types = [
        Mistake(
            "local n\nn = n + 1", "attempt to perform arithmetic on a nil value (local 'n')",
            line: 1),
        Mistake("local n = 'one' + 1", "attempt to add a 'string' with a 'number'"),
        Mistake(
            "local n = 'x' .. nothing", "attempt to concatenate a nil value (global 'nothing')"),
        Mistake("local n = nothing < 1", "attempt to compare nil with number"),
        Mistake("local n = 'a' < 1", "attempt to compare string with number"),
        Mistake(
            "local n = ('x'):rep('many')",
            "bad argument #1 to 'rep' (number expected, got string)"),
        Mistake(
            "for _ in pairs(nothing) do end",
            "bad argument #1 to 'pairs' (table expected, got nil)"),
        Mistake(
            "for _ in ipairs(nothing) do end",
            "bad argument #1 to 'ipairs' (table expected, got nil)"),
        Mistake(
            "for _ in nothing do end",
            "for … in goes over what pairs(table) or ipairs(list) returns, not over a nil value"),
        Mistake(
            "for _ in {1, 2} do end",
            "for … in goes over what pairs(table) or ipairs(list) returns, not over a table value"),
        Mistake("for i = 1, 'x' do end", "bad 'for' limit (number expected, got string)"),
        Mistake("local n = 1 << 1.5", "number has no integer representation"),
        Mistake("table.sort({1, 'a'})", "attempt to compare string with number"),
        Mistake(
            "local t = {} for i = 1, 100 do t[i] = i end\ntable.sort(t, function() return true end)",
            "invalid order function for sorting", line: 1),
        Mistake("local x = table.unpack({}, 1, 1e8)", "too many results to unpack"),
        Mistake("local x = string.format('%d')", "bad argument #2 to 'format' (no value)"),
        Mistake(
            "local x = string.format('%d', 'x')",
            "bad argument #2 to 'format' (number expected, got string)"),
        Mistake(
            "local x = string.format('%99999999d', 1)",
            "invalid conversion specification: '%99999999d'"),
    ]

    /// What never ends, and what never ends by calling itself.
    static let endless = [
        Mistake("while true do end", "BUDGET"),
        Mistake("while true do pcall(function() while true do end end) end", "BUDGET"),
        Mistake("local function f() pcall(f) pcall(f) end f()", "BUDGET"),
        Mistake("coroutine.wrap(function() while true do end end)()", "BUDGET"),
        Mistake(
            "local co = coroutine.wrap(function() while true do coroutine.yield() end end)"
                + " while true do co() end", "BUDGET"),
        Mistake("xpcall(error, function() while true do end end) while true do end", "BUDGET"),
        Mistake("local x = ('x'):gsub('x', function() while true do end end)", "BUDGET"),
        Mistake(
            "local x = (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(31))", "BUDGET", "STEPS"),
        Mistake("local x = ('a'):rep(3000):find('(.-)(.-)(.-)(.-)(.-)-b')", "BUDGET", "STEPS"),
        Mistake(
            "local x = setmetatable({}, {__index = function() while true do end end}).x", "BUDGET"),
        Mistake(
            "local function f() return 1 + f() end f()", Mistake.deep, "BUDGET", "MEMORY",
            "stack overflow"),
        Mistake(
            "local function h() return h() + 1 end local ok, m = xpcall(error, h) error(m, 0)",
            "C stack overflow", Mistake.deep, Mistake.deepInC, "BUDGET", "MEMORY",
            "error in error handling"),
        Mistake(
            "local ok, m = xpcall(error, function(m) error(m) end, 'x') error(m, 0)",
            "error in error handling", Mistake.deepInC),
        Mistake(
            "local t t = setmetatable({}, {__index = function(_, k) return t[k] end}) local x = t.x",
            Mistake.deepInC),
        Mistake(
            "local t = {} setmetatable(t, {__index = t}) local x = t.x",
            "'__index' chain too long; possible loop"),
        Mistake("local x = tostring(setmetatable({}, {__tostring = tostring}))", Mistake.deepInC),
        Mistake("local function f() coroutine.wrap(f)() end f()", Mistake.deepInC, "BUDGET"),
    ]

    /// Memory, and what coroutines, patterns and files refuse.
    static let limits = [
        Mistake(
            "local x = ('x'):rep(1 << 30)",
            "string.rep: the result would be longer than 1048576 bytes",
            except: [
                .load: "string.rep: the result would be longer than 67108864 bytes",
                .test: "string.rep: the result would be longer than 67108864 bytes",
            ]),
        Mistake("local s = 'x' while true do s = s .. s end", "MEMORY", "BUDGET"),
        Mistake("local t = {} while true do t[#t + 1] = {#t} end", "MEMORY", "BUDGET"),
        Mistake(
            "local t = {} for i = 1, 90000 do t[i] = ('x'):rep(1000) .. i end", "MEMORY", "BUDGET"),
        Mistake(
            "local x = (('a'):rep(100000)):gsub('a', ('b'):rep(10000))", "MEMORY", "BUDGET"),
        Mistake(
            "local co = coroutine.wrap(function() end) co() co()", "cannot resume dead coroutine"),
        Mistake("coroutine.wrap(function() error('inside') end)()", "inside"),
        Mistake(
            "coroutine.yield(1)", "attempt to yield from outside a coroutine",
            except: [.check: "coroutine.yield outside a coroutine (a check waits with sleep)"]),
        Mistake("local x = ('x'):find('[a')", "malformed pattern (missing ']')"),
        Mistake("local x = ('x'):gsub('x', '%2')", "invalid capture index %2"),
        Mistake(
            "local x = setmetatable({}, {__gc = function() end})",
            "__gc is not available to scripts (use a <close> variable)"),
        Mistake(
            "assert(load('\\27Lua'))", "attempt to load a binary chunk (mode is 't')"),
        Mistake(
            "assert(load('x = = 1'))", #"[string "x = = 1"]:1: unexpected symbol near '='"#),
        Mistake(
            "local x = dofile('/nowhere/at.all')",
            "dofile: /nowhere/at.all: No such file or directory",
            except: [.policy: "reading a file blocks: read it at load time"]),
        Mistake(
            "require('nowhere')",
            "require: there is no module 'nowhere' (looked for /usr/local/share/lua/5.4/nowhere.lua,"
                + " /usr/local/share/lua/5.4/nowhere/init.lua, /usr/local/lib/lua/5.4/nowhere.lua and"
                + " 5 more; package.path)",
            except: [.policy: "reading a file blocks: read it at load time"]),
    ]

    @Test(arguments: names) func aNameThatIsNotThereIsTold(_ mistake: Mistake) throws {
        try judge(mistake)
    }

    @Test(arguments: raised) func whatIsRaisedIsShown(_ mistake: Mistake) throws {
        try judge(mistake)
    }

    @Test(arguments: types) func aWrongValueIsTold(_ mistake: Mistake) throws {
        try judge(mistake)
    }

    @Test(arguments: endless) func whatNeverEndsIsEnded(_ mistake: Mistake) throws {
        try judge(mistake)
    }

    @Test(arguments: limits) func whatIsTooMuchIsRefused(_ mistake: Mistake) throws {
        try judge(mistake)
    }

    private func judge(_ mistake: Mistake) throws {
        for place in ScriptPlace.allCases {
            let (said, traceback) = try place.fault(of: mistake.body)
            let prefix = place.prefix(line: mistake.line + 2)
            let words = mistake.exceptions[place].map { [$0] } ?? mistake.words
            let expected = words.map { prefix + Mistake.all(at: place, $0) }
            let isSteps =
                words.contains("STEPS") && said.hasPrefix(prefix + "pattern takes too long (")
            #expect(expected.contains(said) || isSteps, "\(place): \(said)")
            #expect(!said.contains("\n"))
            // Without memory there is none for a traceback.
            if !mistake.words.contains("MEMORY") {
                #expect(traceback.hasPrefix("stack traceback:"), "\(place): \(traceback)")
            }
            #expect(traceback.utf8.count <= 4_096)
        }
    }
}
