-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a greeting that is not read, a refused port that passes, an address that is put together
-- wrongly.

local factory = dofile("tcp.lua")

test("a port that takes connections is up", function()
    fake.tcp{}
    expect(run(factory{ address = "192.0.2.25:25" }).detail, "connected")
end)

test("a refused one is down in the words of the call", function()
    fake.tcp("refused")
    local result = run(factory{ address = "192.0.2.25:25" })
    expect(result.state, "down")
    expect(result.detail, "tcp.connect 192.0.2.25:25: connection refused")
end)

test("a line must have the words", function()
    fake.tcp{ send = "220-welcome\r\n220 ready\r\n" }
    expect(run(factory{ address = "192.0.2.25:25", pattern = "^220 " }).detail, "220 ready")
    expect(run(factory{ address = "192.0.2.25:25", contains = "welcome" }).detail, "220-welcome")
    local result = run(factory{ address = "192.0.2.25:25", contains = "^220 " })
    expect(result.state, "down")
    expect(result.detail, "it says '220 ready'")
end)

test("what is to be sent is sent before anything is read", function()
    fake.tcp{ send = "+PONG\r\n" }
    local result = run(factory{ address = "192.0.2.6:6379", send = "PING\r\n", contains = "PONG" })
    expect(result.detail, "+PONG")
    expect.matches(result.calls[2], "tcp.write")
end)

test("nothing said is down", function()
    fake.tcp{}
    expect(run(factory{ address = "192.0.2.25:25", contains = "220" }).detail, "it closes without a word")
    fake.tcp{ stays = true }
    expect.matches(run(factory{ address = "192.0.2.25:25", contains = "220" }).detail, "timed out")
end)

test("a port alone is the target's", function()
    local asked
    fake.tcp(function(address) asked = address return {} end)
    run(factory{ port = 853 }, { target = "192.0.2.7" })
    expect(asked, "192.0.2.7:853")
    run(factory{ port = 853 }, { target = "2001:db8::7" })
    expect(asked, "[2001:db8::7]:853")
    expect(run(factory{ port = 853 }).state, "error")
end)

test("an address is needed, and only one", function()
    expect.raises(function() factory{} end, "checks.tcp: address is missing")
    expect.raises(function() factory{ address = "192.0.2.1:1", port = 1 } end, "port alone for targets")
end)
