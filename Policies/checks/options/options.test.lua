-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a wrong option that is taken, and a right one that is refused.

local read = dofile("options.lua")

-- As a check would: the complaint belongs to the line that called it.
local function take(given, known) return read("mine", given, known) end

test("what is given is kept and what is not has its default", function()
    local o = take({ a = "x", b = 0 }, { a = "text", b = "count", c = { kind = "number", default = 2.5 }, d = "any" })
    expect(o.a, "x")
    expect(o.b, 0)
    expect(o.c, 2.5)
    expect(o.d, nil)
end)

test("each kind takes what it says and refuses the rest", function()
    local cases = {
        text = { { "a" }, { "", 7, true, {} } }, number = { { 1, 2.5, "3" }, { "a", true } },
        count = { { 0, 7, 7.0 }, { -1, 1.5, "x", {} } }, boolean = { { true, false }, { 0, "true" } },
        ["function"] = { { print }, { "print" } }, table = { { {} }, { "a" } },
        time = { { 0, 0.5, "500ms", "1m" }, { -1, "soon", true } },
        texts = { { "a", { "a", "b" } }, { {}, { 1 }, 7 } },
        counts = { { 200, { 200, 204 } }, { {}, { "x" }, true } }, any = { { 1, "a", true, {} }, {} },
    }
    for kind, case in pairs(cases) do
        for _, value in ipairs(case[1]) do
            expect(take({ key = value }, { key = kind }).key, value, kind)
        end
        for _, value in ipairs(case[2]) do
            expect.raises(function() take({ key = value }, { key = kind }) end, "mine: key must be ")
        end
    end
end)

test("an unknown option names the nearest, when one is near", function()
    local known = { server = "text", name = "text", transport = "text" }
    for given, meant in pairs{ sevrer = "server", Name = "name", tansport = "transport" } do
        expect.raises(function() take({ [given] = "x" }, known) end, "did you mean '" .. meant .. "'?")
    end
    local ok, words = pcall(take, { colour = "x" }, known)
    expect(ok, false)
    expect.matches(words, "unknown option 'colour'")
    expect(words:find("did you mean", 1, true), nil)
    expect.raises(function() take({ "192.0.2.1" }, known) end, "unknown option the number 1")
end)

test("what must be given must be", function()
    expect.raises(function() take({}, { name = { kind = "text", required = true } }) end, "mine: name is missing")
end)

test("one of several words must be one of them, and may be none", function()
    local known = { transport = { kind = "text", oneOf = { "udp", "tcp" } } }
    expect(take({ transport = "tcp" }, known).transport, "tcp")
    expect(take({}, known).transport, nil)
    expect.raises(function() take({ transport = "tpc" }, known) end,
        "mine: transport must be one of udp, tcp, not 'tpc'; did you mean 'tcp'?")
end)
