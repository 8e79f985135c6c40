-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a lame or old server that passes, an order of serials that is not RFC 1982's, and a primary
-- that takes its secondaries with it.

local factory = dofile("authdns.lua")

local function zone(serial)
    return {
        authoritative = true,
        answers = { { data = "ns.example.org. who.example.org. " .. serial .. " 3600 600 86400 300" } },
    }
end

-- The server and its primary, each with a serial or an answer of its own.
local function serve(own, primary)
    fake.dns(function(question)
        local said = own
        if question.server == "192.0.2.10:53" then said = primary end
        if type(said) == "number" then return zone(said) end
        return said
    end)
end

local options = { zone = "Example.org", server = "192.0.2.1", primary = "192.0.2.10" }
local alone = factory{ zone = "example.org.", server = "192.0.2.1" }

test("authority and the SOA record are up", function()
    serve(7)
    local result = run(alone)
    expect(result.state, "up")
    expect(result.detail, "serial 7")
    expect(#result.calls, 1)
end)

test("a lame server is down", function()
    serve{ rcode = "REFUSED" }
    expect(run(alone).detail, "REFUSED")
    serve{ answers = zone(7).answers }
    expect(run(alone).detail, "not authoritative for example.org.")
    serve{ authoritative = true }
    expect(run(alone).detail, "no SOA record of example.org.")
    expect(run(alone).state, "down")
end)

test("the question is for the SOA without recursion", function()
    local asked
    fake.dns(function(question) asked = question return zone(1) end)
    run(alone)
    expect(asked.name .. asked.type, "example.org.SOA")
    expect(asked.recursionDesired, false)
end)

test("behind for a while is allowed, for longer is not", function()
    local check = factory(options)
    serve(5, 7)
    expect(run(check).state, "up")
    expect(run(check).detail, "serial 5, the primary has 7")
    advance(300)
    expect(run(check).state, "up")
    advance(1)
    local result = run(check)
    expect(result.state, "down")
    expect(result.detail, "serial 5, the primary has 7, behind for 301 s")
    serve(7, 7)
    expect(run(check).detail, "serial 7")
    expect(run(check).state, "up")
end)

test("a zone that changes often does not reset what is counted", function()
    local check = factory(options)
    for minute = 0, 5 do
        serve(5, 6 + minute)
        expect(run(check).state, "up", "minute " .. minute)
        advance(60)
    end
    serve(5, 12)
    expect(run(check).state, "down")
    -- It has caught up with some, and the others are younger.
    serve(8, 12)
    expect(run(check).state, "up")
    expect(run(check).detail, "serial 8, the primary has 12, behind for 180 s")
end)

test("serials are on a circle", function()
    for _, case in ipairs{
        { 4294967295, 0, true }, { 0, 4294967295, false }, { 0, 2147483647, true },
        { 0, 2147483649, false }, { 5, 5, false }, { 2147483648, 0, true },
    } do
        local check = factory(options)
        serve(case[1], case[2])
        run(check)
        advance(301)
        expect(run(check).up, not case[3], case[1] .. " against " .. case[2])
    end
end)

test("a primary that does not answer is not the server's fault", function()
    local check = factory(options)
    for _, primary in ipairs{ { rcode = "SERVFAIL" }, "refused", {} } do
        serve(5, primary)
        local result = run(check)
        expect(result.state, "up")
        expect(result.detail, "serial 5, the primary does not say its own")
    end
end)

test("targets are counted apart", function()
    local check = factory{ zone = "example.org", primary = "192.0.2.10" }
    fake.dns(function(question) return zone(question.server == "192.0.2.2:53" and 5 or 7) end)
    run(check, { target = "192.0.2.1" })
    run(check, { target = "192.0.2.2" })
    advance(301)
    expect(run(check, { target = "192.0.2.1" }).state, "up")
    expect(run(check, { target = "192.0.2.2" }).state, "down")
end)

test("a zone is needed", function()
    expect.raises(function() factory{ server = "192.0.2.1" } end, "checks.authdns: zone is missing")
end)
