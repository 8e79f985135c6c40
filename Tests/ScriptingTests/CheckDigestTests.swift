// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Scripting

/// Would catch: a check whose function changed and is not tried by a reload, and one that is tried
/// although nothing changed.
@Suite struct CheckDigestTests {
    private func digest(_ text: String, settings: [String: String] = [:]) throws -> UInt64? {
        let generation = try Fixture.build(text, settings: settings)
        defer { generation.close() }
        return generation.configuration.checks.first?.runDigest
    }

    private static let base = """
        local limit, list = 3, {"a", b = {1.5, true}}
        local function helper(x) return x > limit and list.b[1] or nil end
        function global(x) return x end
        other = {nested = function() return limit end}
        newCheck{name="c", run=function(ctx)
            local inner = function(y) return helper(y) end
            if inner(4) then return true end
            return global(false), "down"
        end}
        """

    @Test func theSameTextGivesTheSameNumber() throws {
        let first = try #require(try digest(Self.base))
        for _ in 0..<3 { #expect(try digest(Self.base) == first) }
    }

    @Test(arguments: [
        "-- a comment\n\n" + base,
        base.replacing("helper", with: "renamed"),
        base.replacing("return x > limit", with: "return  x\n > limit"),
        base + "\nnewServer{address='192.0.2.1', weight=7}",
        base + "\nnewCheck{name='d', run=function() return false end}",
        "local s = newServer{address='192.0.2.9'}\n" + base,
    ])
    func whatChangesNothingForItChangesNoNumber(_ text: String) throws {
        #expect(try digest(text) == digest(Self.base))
    }

    @Test(arguments: [
        base.replacing("inner(4)", with: "inner(5)"),
        base.replacing("\"down\"", with: "\"dead\""),
        // An upvalue, one behind an upvalue, one in a table, a key, a nested function.
        base.replacing("limit, list = 3", with: "limit, list = 2"),
        base.replacing("x > limit", with: "x < limit"),
        base.replacing("1.5", with: "1.25"),
        base.replacing("{\"a\"", with: "{\"b\""),
        base.replacing("return helper(y)", with: "return helper(y + 1)"),
        // Globals, which it may call by a name that it makes up.
        base.replacing("global(x) return x", with: "global(x) return not x"),
        base.replacing("nested = function() return limit", with: "nested = function() return 1"),
        base + "\nextra = 1",
        // The library.
        "function string.trim(s) return s end\n" + base,
        "local old = tostring tostring = function(x) return old(x) end\n" + base,
        "setmetatable(_G, {__index = function() return 1 end})\n" + base,
    ])
    func whatItCanSeeChangesTheNumber(_ text: String) throws {
        let changed = try digest(text)
        #expect(changed != nil)
        #expect(try changed != digest(Self.base))
    }

    @Test func settingsCount() throws {
        let text = "newCheck{name='c', run=function() return setting.on == '1' end}"
        #expect(
            try digest(text, settings: ["on": "1"]) != digest(text, settings: ["on": "0"]))
    }

    @Test func recursionAndCyclesEnd() throws {
        let text = """
            local t = {} t.t = t t[t] = nil
            local function f(n) if n == 0 then return t.t.t end return f(n - 1) end
            newCheck{name="c", run=function() return f(3) ~= nil end}
            """
        #expect(try digest(text) == digest(text))
        #expect(try digest(text) != digest(text.replacing("f(3)", with: "f(2)")))
    }

    /// What is in a host's object is told by what was read.
    @Test func whatCannotBeLookedIntoCountsWithEverythingThatWasRead() throws {
        let text = """
            local names = newSuffixMatchNode()
            names:add("example.org")
            newCheck{name="c", run=function() return names:check(newDNSName("a.example.org")) end}
            """
        #expect(try digest(text) == digest(text))
        #expect(try digest(text) != digest(text.replacing("names:add(\"e", with: "names:add(\"f")))
        #expect(try digest(text) != digest("-- moved\n" + text))
    }

    @Test func tooMuchIsToldByWhatWasRead() throws {
        let text = """
            list = {} for i = 1, 100000 do list[i] = "name" .. i end
            newCheck{name="c", run=function() return list[99999] ~= nil end}
            """
        #expect(try digest(text) == digest(text))
        #expect(try digest(text) != digest(text.replacing("\"name\"", with: "\"nome\"")))
    }
}
