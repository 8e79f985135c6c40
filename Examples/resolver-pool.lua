-- SPDX-License-Identifier: Apache-2.0
--
-- An ISP's resolver node: two service addresses in front of a pool with a last resort, announced
-- while queries to the service are answered.

local orderedwrandom = dofile("../Policies/orderedwrandom/orderedwrandom.lua")
setServerPolicyLua("orderedwrandom", orderedwrandom)

setLocal("192.0.2.10:53")                   -- this node's own address
addLocal("198.51.100.53:53")                -- the service
addLocal("[2001:db8:53::53]:53")
addACL("198.51.100.0/24")
addACL("2001:db8::/32")
addAnyTCRule()
setServFailWhenNoServer(true)

newServer{address = "192.0.2.101", name = "recursor 1", order = 1, weight = 1000, mustResolve = true}
newServer{address = "192.0.2.102", name = "recursor 2", order = 1, weight = 1000, mustResolve = true}
newServer{address = "203.0.113.8", name = "last resort", order = 3, weight = 1}

-- Two names that have nothing to do with each other: one broken zone is not our failure.
local function resolves(server)
    local words = "no name was tried"
    for _, name in ipairs{"a.root-servers.net", "example.com"} do
        local ok, reply = pcall(dns.query, {server = server, name = name, type = "A", timeout = 0.09})
        if ok and reply.ok and #reply.answers > 0 then return true end
        words = ok and name .. ": " .. reply.rcodeName or reply
    end
    return false, words
end

local ipv4 = newCheck{name = "service v4", timeout = 0.2, run = function() return resolves("198.51.100.53") end}
local ipv6 = newCheck{name = "service v6", timeout = 0.2, run = function() return resolves("2001:db8:53::53") end}

setRouterID("192.0.2.10")
newNeighbor{
    address = "192.0.2.1", peerAS = 64500, localAS = 64553, description = "top of rack",
    families = {"ipv4 unicast", "ipv6 unicast"}, holdTime = 9,
}

announce{prefix = "198.51.100.53/32", when = ipv4, med = 100, communities = {"64500:53"}}
announce{prefix = "2001:db8:53::53/128", when = ipv6, med = 100, communities = {"64500:53"}}
