-- SPDX-License-Identifier: Apache-2.0
--
-- A host on which BIND (or NSD, or Knot) owns port 53: nothing is balanced here and no port is bound.
-- The service address is announced while the daemon answers for its zone with authority.

local zone = setting.zone or "example.com"
local service = setting.service or "198.51.100.1"

local answers = newCheck{
    name = "authority", interval = 1, fastInterval = 0.2, timeout = 0.2, rise = 3, fall = 3,
    run = function(ctx)
        local reply = dns.query{server = service, name = zone, type = "SOA", recursionDesired = false}
        if not reply.ok then return false, reply.rcodeName end
        if not reply.authoritative then return false, "the answer is without authority" end
        return #reply.answers == 1, "serial " .. reply.answers[1].serial
    end,
}

setRouterID(setting.routerID or "192.0.2.20")
local uplink = newNeighbor{
    address = setting.router or "192.0.2.1", peerAS = 64500, localAS = 64554,
    description = "uplink",
}

announce{prefix = service .. "/32", when = answers, neighbors = uplink, med = 100}
