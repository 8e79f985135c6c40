-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a critical plugin that passes, one that does not know and is taken for down.

local factory = dofile("exec.lua")
local plugin = factory{ command = { "check_disk", "-w", "10%" }, unknown = 3 }

test("status 0 is up with the first line", function()
    fake.exec{ stdout = "DISK OK\nmore\n" }
    local result = run(plugin)
    expect(result.state, "up")
    expect(result.detail, "DISK OK")
end)

test("another status is down with it", function()
    fake.exec{ status = 2, stdout = "DISK CRITICAL\n" }
    expect(run(plugin).state, "down")
    expect(run(plugin).detail, "status 2: DISK CRITICAL")
    fake.exec{ status = 127, stderr = "not installed\n" }
    expect(run(plugin).detail, "status 127: not installed")
    fake.exec{ status = 1 }
    expect(run(plugin).detail, "status 1")
end)

test("a program that does not know is an error", function()
    fake.exec{ status = 3, stdout = "UNKNOWN\n" }
    expect(run(plugin).state, "error")
    expect.matches(run(plugin).detail, "status 3, which says nothing: UNKNOWN")
    expect(run(factory{ command = { "x" } }).state, "down")
end)

test("the statuses that are up may be several", function()
    fake.exec{ status = 1 }
    expect(run(factory{ command = { "x" }, status = { 0, 1 } }).state, "up")
end)

test("words may be wanted", function()
    fake.exec{ stdout = "role: primary\n" }
    expect(run(factory{ command = { "x" }, contains = "primary" }).state, "up")
    expect(run(factory{ command = { "x" }, contains = "standby" }).detail, "without 'standby': role: primary")
end)

test("a list is run as it is, a text by the shell", function()
    local ran
    fake.exec(function(arguments) ran = table.concat(arguments, "|") return {} end)
    run(plugin)
    expect(ran, "check_disk|-w|10%")
    run(factory{ command = "a | b" })
    expect(ran, "/bin/sh|-c|a | b")
end)

test("no such program is down", function()
    fake.exec("not found")
    expect(run(plugin).detail, "exec.run check_disk: not found")
    expect(run(plugin).state, "down")
end)
