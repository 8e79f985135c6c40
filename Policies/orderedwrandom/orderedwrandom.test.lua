-- SPDX-License-Identifier: Apache-2.0
--
-- Would catch: a tier that never gives back, tiers mixed in failover, a forced state that is ignored,
-- and a share that does not follow the weights.

local policy = dofile("orderedwrandom.lua")
local plan = dofile("orderedwrandom.planned.lua")

local function three()
    return servers{
        { name = "a1", order = 1 }, { name = "a2", order = 1 },
        { name = "b1", order = 2 }, { name = "b2", order = 2 },
        { name = "c1", order = 3 },
    }
end

test("the lowest order wins while any member is up", function()
    local pool = three()
    expect(choose(policy, pool).order, 1)
    set(pool[1], { up = false })
    expect(choose(policy, pool).name, "a2")
end)

test("each tier takes over in turn, and gives back", function()
    local pool = three()
    set(pool[1], { up = false })
    set(pool[2], { up = false })
    expect(choose(policy, pool).order, 2, "order without the first tier")
    set(pool[3], { up = false })
    set(pool[4], { up = false })
    expect(choose(policy, pool).name, "c1", "without the second")
    set(pool[4], { up = true })
    expect(choose(policy, pool).name, "b2", "the second again")
    set(pool[2], { up = true })
    expect(choose(policy, pool).name, "a2", "the first again")
end)

test("a server forced down is down, although its check passes", function()
    local pool = three()
    pool[1]:setDown()
    pool[2]:setDown()
    expect(choose(policy, pool).order, 2)
end)

test("a server forced up is up, although its check fails", function()
    local pool = three()
    set(pool[1], { up = false, forced = "up" })
    set(pool[2], { up = false })
    expect(choose(policy, pool).name, "a1")
end)

test("one server is chosen itself", function()
    local pool = servers{ { name = "only" } }
    expect(choose(policy, pool), pool[1])
end)

test("nobody up is no server", function()
    expect(choose(policy, servers{ { name = "a", up = false }, { name = "b", up = false } }), nil)
    expect(choose(policy, servers{}), nil)
end)

test("a list that is not sorted by order is read all the same", function()
    local pool = servers{
        { name = "b", order = 2 }, { name = "a1", order = 1 }, { name = "a2", order = 1 },
    }
    expect(distribution(policy, pool, 200).b, nil)
end)

test("one server left of a large tier is not mixed with the last query's", function()
    local pool = three()
    choose(policy, pool)
    for _, down in ipairs{ 1, 2, 3 } do set(pool[down], { up = false }) end
    expect(distribution(policy, pool, 100), { b2 = 100 })
end)

test("the shares of the lowest tier follow the weights", function()
    local pool = servers{
        { name = "a", order = 1, weight = 300 }, { name = "b", order = 1, weight = 100 },
        { name = "c", order = 2, weight = 1000 },
    }
    local counts = distribution(policy, pool, 4000)
    -- A deviation is 27 queries.
    expect.near(counts.a, 3000, 120, "the heavier one's share")
    expect(counts.c, nil, "the second tier's share")
end)

-- Whom the planned form would choose among.
local function planned(pool)
    local result, names = plan(pool), {}
    for i, server in ipairs(result.servers) do names[i] = server.name end
    expect(result.pick, "wrandom")
    expect(result.weights, nil, "weights of its own")
    return table.concat(names, " ")
end

test("planned: each tier takes over in turn, and gives back", function()
    local pool = three()
    expect(planned(pool), "a1 a2")
    set(pool[1], { up = false })
    expect(planned(pool), "a2")
    set(pool[2], { up = false })
    expect(planned(pool), "b1 b2", "without the first tier")
    set(pool[3], { up = false })
    set(pool[4], { up = false })
    expect(planned(pool), "c1", "without the second")
    set(pool[2], { up = true })
    expect(planned(pool), "a2", "the first again")
end)

test("planned: forced states count, nobody up is nobody, any order of the list will do", function()
    local pool = three()
    pool[1]:setDown()
    set(pool[2], { up = false, forced = "up" })
    expect(planned(pool), "a2")
    expect(planned(servers{ { name = "a", up = false }, { name = "b", up = false } }), "")
    expect(planned(servers{ { name = "b", order = 2 }, { name = "a", order = 1 } }), "a")
end)
