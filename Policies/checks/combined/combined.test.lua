-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a combination that asks one after the other, or forgets which was down.

local combined = dofile("combined.lua")

local function slow(seconds, verdict)
    return function() sleep(seconds) return verdict, verdict and "fine" or "tired" end
end

test("all are asked side by side", function()
    local result = run(combined.all{ slow(0.1, true), slow(0.2, true), slow(0.15, true) })
    expect(result.state, "up")
    expect.near(result.seconds, 0.2, 0.001)
    expect(result.detail, "3 of 3 up")
end)

test("one down of all is down with its name, at once", function()
    local result = run(combined.all{ near = slow(0.3, true), far = slow(0.1, false) })
    expect(result.state, "down")
    expect(result.detail, "far: tired")
    expect.near(result.seconds, 0.1, 0.001)
end)

test("any and quorum", function()
    expect(run(combined.any{ slow(0.1, false), slow(0.2, true) }).state, "up")
    expect(run(combined.quorum(2, { slow(0.1, true), slow(0.1, true), slow(0.4, false) })).state, "up")
    expect(run(combined.quorum(2, { slow(0.1, true), slow(0.1, false), slow(0.1, false) })).state, "down")
end)

test("they nest", function()
    local check = combined.all{ combined.any{ slow(0.1, false), slow(0.1, true) }, slow(0.1, true) }
    expect(run(check).state, "up")
end)

test("ready-made checks are parts", function()
    fake.dns{ rcode = "SERVFAIL" }
    local check = combined.all{ dns = checks.dns{ server = "192.0.2.53", name = "example.org" } }
    expect(run(check).detail, "dns: SERVFAIL")
end)

test("what is no list of functions is refused", function()
    expect.raises(function() combined.all{} end, "checks.all: give a list of functions")
    expect.raises(function() combined.any{ true } end, "checks.any: entry 1 must be a function, not a boolean")
    expect.raises(function() combined.quorum(3, { slow(1, true) }) end, "must be from 1 to 1")
end)
