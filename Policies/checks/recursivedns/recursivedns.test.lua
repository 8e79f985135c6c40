-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a wrong address that passes, and a server without recursion or validation that does.

local factory = dofile("recursivedns.lua")

local function check(more)
    local options = { server = "192.0.2.53", name = "example.org" }
    for key, value in pairs(more or {}) do options[key] = value end
    return factory(options)
end

local function answers(...)
    local list = {}
    for i, data in ipairs{ ... } do list[i] = { data = data } end
    return { answers = list }
end

test("any record will do unless one is wanted", function()
    fake.dns(answers("192.0.2.1"))
    expect(run(check()).detail, "192.0.2.1")
    fake.dns{}
    expect(run(check()).detail, "no answer records")
    expect(run(check()).state, "down")
end)

test("the data must match", function()
    fake.dns(answers("192.0.2.1", "192.0.2.2"))
    expect(run(check{ match = "192.0.2.2" }).state, "up")
    expect(run(check{ match = { "203.0.113.1", "192.0.2.1" } }).state, "up")
    local result = run(check{ match = "203.0.113.1" })
    expect(result.state, "down")
    expect(result.detail, "none matches: 192.0.2.1, 192.0.2.2")
end)

test("a pattern or a function may say what matches", function()
    fake.dns(answers("192.0.2.1"))
    expect(run(check{ pattern = "^192%.0%.2%." }).state, "up")
    expect(run(check{ pattern = "^198%." }).state, "down")
    local seen
    local own = check{ match = function(data, record) seen = record.ttl return data == "192.0.2.1" end }
    expect(run(own).state, "up")
    expect(seen, 300)
end)

test("names match in any case", function()
    fake.dns(answers("10 Mail.Example.org."))
    expect(run(check{ type = "MX", match = "10 MAIL.example.org." }).state, "up")
end)

test("no recursion is down", function()
    fake.dns{ recursionAvailable = false, answers = { { data = "192.0.2.1" } } }
    expect(run(check()).detail, "it offers no recursion")
end)

test("validation is asked for when it is wanted", function()
    local asked
    fake.dns(function(question) asked = question.dnssecOK return answers("192.0.2.1") end)
    expect(run(check{ authenticData = true }).detail, "not validated")
    expect(asked, true)
    fake.dns{ authenticData = true, answers = { { data = "192.0.2.1" } } }
    expect(run(check{ authenticData = true }).state, "up")
end)

test("SERVFAIL is down with its name", function()
    fake.dns{ rcode = "SERVFAIL" }
    expect(run(check()).detail, "SERVFAIL")
end)

test("match and pattern exclude each other, and match has a type", function()
    expect.raises(function() check{ match = "a", pattern = "b" } end, "give match or pattern, not both")
    expect.raises(function() check{ match = 7 } end, "match must be text, a list of texts or a function")
end)
