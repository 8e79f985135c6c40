-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a tier that never gives back, tiers mixed in failover, a forced state that is ignored,
-- and one server answered with a list of one.

local policy = dofile("orderedLeastOutstanding.lua")

local function three()
    return servers{
        { name = "a1", order = 1 }, { name = "a2", order = 1 },
        { name = "b1", order = 2 }, { name = "b2", order = 2 },
        { name = "c1", order = 3 },
    }
end

test("the lowest order wins while any member is up", function()
    local pool = three()
    expect(policy(pool, nil).order, 1)
    pool[1].upStatus = false
    expect(policy(pool, nil).name, "a2")
end)

test("each tier takes over in turn, and gives back", function()
    local pool = three()
    pool[1].upStatus, pool[2].upStatus = false, false
    expect(policy(pool, nil).order, 2, "order without the first tier")
    pool[3].upStatus, pool[4].upStatus = false, false
    expect(policy(pool, nil).name, "c1", "without the second")
    pool[4].upStatus = true
    expect(policy(pool, nil).name, "b2", "the second again")
    pool[2].upStatus = true
    expect(policy(pool, nil).name, "a2", "the first again")
end)

test("a server forced down is down, although its check passes", function()
    local pool = three()
    pool[1]:setDown()
    pool[2]:setDown()
    expect(policy(pool, nil).order, 2)
end)

test("a server forced up is up, although its check fails", function()
    local pool = three()
    pool[1].upStatus, pool[2].upStatus = false, false
    pool[1]:setUp()
    expect(policy(pool, nil).name, "a1")
end)

test("one server is returned itself", function()
    local pool = servers{ { name = "only" } }
    expect(policy(pool, nil), pool[1])
end)

test("nobody up is no server", function()
    expect(policy(servers{ { name = "a", up = false }, { name = "b", up = false } }, nil), nil)
    expect(policy(servers{}, nil), nil)
end)

test("a list that is not sorted by order is read all the same", function()
    local pool = servers{ { name = "b", order = 2 }, { name = "a", order = 1 } }
    expect(policy(pool, nil).name, "a")
end)

test("one server left of a large tier is not mixed with the last query's", function()
    local pool = three()
    policy(pool, nil)
    pool[1].upStatus, pool[2].upStatus = false, false
    pool[3].upStatus = false
    expect(policy(pool, nil).name, "b2")
end)

test("the choice among several is leastOutstanding's", function()
    asked = {}
    policy(three(), nil)
    expect(asked[1], "leastOutstanding")
end)

test("the busier server of a tier is spared", function()
    local pool = servers{ { name = "a", outstanding = 5 }, { name = "b", outstanding = 2 } }
    expect(policy(pool, nil).name, "b")
end)
