-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: an error page that passes, a certificate that is not verified, a target in the wrong place.

local factory = dofile("http.lua")
local plain = factory{ url = "https://www.example.org/health" }

test("2xx is up, anything else is down with its status", function()
    for status, state in pairs{ [200] = "up", [204] = "up", [301] = "down", [404] = "down", [503] = "down" } do
        fake.http{ status = status }
        local result = run(plain)
        expect(result.state, state, status)
        expect(result.detail, "status " .. status)
    end
end)

test("the status that is wanted may be another", function()
    fake.http{ status = 401 }
    expect(run(factory{ url = "http://a.example/", status = 401 }).state, "up")
    expect(run(factory{ url = "http://a.example/", status = { 200, 401 } }).state, "up")
    expect(run(factory{ url = "http://a.example/", status = { 200, 403 } }).state, "down")
end)

test("the body must have the words", function()
    fake.http{ body = "state: ready\n" }
    expect(run(factory{ url = "http://a.example/", contains = "ready" }).state, "up")
    expect(run(factory{ url = "http://a.example/", contains = "r.ady" }).detail,
        "status 200, without 'r.ady'")
    expect(run(factory{ url = "http://a.example/", pattern = "^state: %a+" }).state, "up")
    expect(run(factory{ url = "http://a.example/", pattern = "^ready" }).detail,
        "status 200, nothing matches '^ready'")
end)

test("it asks as it was told, and verifies", function()
    local asked
    fake.http(function(request) asked = request return {} end)
    run(plain)
    expect(asked.verify, true)
    expect(asked.method, "GET")
    run(factory{ url = "https://a.example/", method = "POST", body = "x", headers = { Host = "b" }, verify = false })
    expect(asked.method .. asked.body .. asked.headers.host, "POSTxb")
    expect(asked.verify, false)
end)

test("the target is put into the URL", function()
    local asked
    fake.http(function(request) asked = request.url return {} end)
    local check = factory{ url = "http://{target}:8080/" }
    run(check, { target = "192.0.2.1" })
    expect(asked, "http://192.0.2.1:8080/")
    run(check, { target = "2001:db8::1" })
    expect(asked, "http://[2001:db8::1]:8080/")
    expect(run(check).state, "error")
end)

test("refused and silent are down in the words of the call", function()
    fake.http("refused")
    expect(run(plain).detail, "http.get https://www.example.org/health: connection refused")
    fake.http(nil)
    expect(run(plain, { timeout = 0.2 }).state, "down")
end)

test("a wrong option says which was meant", function()
    expect.raises(function() factory{ ulr = "http://a/" } end, "unknown option 'ulr'; did you mean 'url'?")
    expect.raises(function() factory{ url = "http://a/", status = "ok" } end,
        "status must be a whole number or a list of them, not 'ok'")
end)
