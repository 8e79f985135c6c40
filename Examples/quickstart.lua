-- SPDX-License-Identifier: Apache-2.0
--
-- Three resolvers, a check of the service itself, and a route that follows it. `pharos demo` runs this
-- file with resolvers and a router of its own on loopback; with `--set KEY=VALUE` it runs with yours.

local listen = setting.listen or "127.0.0.1:5300"

setLocal(listen)
setACL("127.0.0.0/8")

-- The policy is yours: the lowest order that has a live server, weighted random within it.
-- `Policies/orderedwrandom` is the same with a test.
setServerPolicyLua("lowestTier", function(servers, dq)
    local tier = {}
    for _, server in ipairs(servers) do
        if server:isUp() and (#tier == 0 or server.order == tier[1].order) then
            tier[#tier + 1] = server
        end
    end
    return wrandom.policy(tier, dq)
end)

newServer{address = setting.dns1 or "127.0.0.1:5301", name = "dns1", order = 1, weight = 200}
newServer{address = setting.dns2 or "127.0.0.1:5302", name = "dns2", order = 1, weight = 100}
newServer{address = setting.dns3 or "127.0.0.1:5303", name = "dns3", order = 2, weight = 100}
webserver(setting.webserver or "127.0.0.1:8083")

-- Asks the service as a client would: through our own listener, to whichever resolver is chosen.
local service = newCheck{
    name = "service", interval = 1, fastInterval = 0.2, timeout = 0.2, rise = 2, fall = 2,
    run = function(ctx)
        local reply = dns.query{server = listen, name = setting.question or "pharos.example", type = "A"}
        if not reply.ok then return false, reply.rcodeName end
        return #reply.answers > 0, #reply.answers .. " answers"
    end,
}

local router = setting.router or "127.0.0.1:1790"
local address, port = router:match("^(.*):(%d+)$")
newNeighbor{address = address, port = port, peerAS = 64601, localAS = 64600, holdTime = 9}
setRouterID(setting.routerID or "192.0.2.1")

-- Fewer resolvers, a worse metric: traffic moves to other nodes before this one is overloaded.
announce{
    prefix = setting.prefix or "192.0.2.53/32", when = service, med = 100, requireAddress = false,
    reannounceDelay = {first = 0, step = 1, max = 10, halfLife = 30},
    rule = function(node)
        return {med = node.pools[""].up >= 2 and 100 or 500}
    end,
}
