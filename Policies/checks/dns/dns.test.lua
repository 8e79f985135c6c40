-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a SERVFAIL or an empty answer that passes, a question that is asked otherwise than told, and
-- an option that is taken silently.

local factory = dofile("dns.lua")
local plain = factory{ server = "192.0.2.53", name = "example.org" }

test("an answer is up with its count", function()
    fake.dns{ answers = { { data = "192.0.2.1" }, { data = "192.0.2.2" } } }
    local result = run(plain)
    expect(result.state, "up")
    expect(result.detail, "NOERROR, 2 answers")
end)

test("no answer record is down", function()
    fake.dns{}
    expect(run(plain).detail, "NOERROR, 0 answers")
    expect(run(plain).state, "down")
    expect(run(factory{ server = "192.0.2.53", name = "example.org", answers = 0 }).state, "up")
end)

test("another response code is down with its name", function()
    fake.dns{ rcode = "SERVFAIL" }
    expect(run(plain).state, "down")
    expect(run(plain).detail, "SERVFAIL")
end)

test("the code that is wanted may be another, or one of several", function()
    fake.dns{ rcode = "NXDOMAIN" }
    expect(run(factory{ server = "192.0.2.53", name = "no.example", rcode = "nxdomain" }).state, "up")
    local either = factory{ server = "192.0.2.53", name = "no.example", rcode = { "REFUSED", "NXDOMAIN" } }
    expect(run(either).detail, "NXDOMAIN, 0 answers")
end)

test("silence is down in the words of the call", function()
    local result = run(plain, { timeout = 0.2 })
    expect(result.state, "down")
    expect(result.detail, "dns.query 192.0.2.53:53: no answer in 0.2 s")
end)

test("it asks as it was told", function()
    local asked
    fake.dns(function(question) asked = question return { rcode = "NOERROR" } end)
    run(factory{
        server = "192.0.2.53:5353", name = "example.org", type = "TXT", class = "CH", transport = "tcp",
        recursionDesired = false, dnssecOK = true,
    })
    expect(asked.server, "192.0.2.53:5353")
    expect(asked.type .. asked.class .. asked.transport, "TXTCHtcp")
    expect(asked.recursionDesired, false)
    expect(asked.dnssecOK, true)
end)

test("without a server it asks the target", function()
    local asked
    fake.dns(function(question) asked = question.server return {} end)
    run(factory{ name = "example.org" }, { target = "192.0.2.7" })
    expect(asked, "192.0.2.7:53")
end)

test("a wrong option says which was meant", function()
    local function give(options) return function() factory(options) end end
    expect.raises(give{ name = "a", sever = "192.0.2.1" }, "unknown option 'sever'; did you mean 'server'?")
    expect.raises(give{ server = "192.0.2.1" }, "checks.dns: name is missing")
    expect.raises(give{ name = "a", transport = "upd" }, "one of udp, tcp, both, not 'upd'; did you mean 'udp'?")
    expect.raises(give{ name = "a", answers = -1 }, "answers must be a whole number from 0 on, not the number -1")
    expect.raises(give("a"), "give a table of options, not 'a'")
end)
