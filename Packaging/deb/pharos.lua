-- SPDX-License-Identifier: Apache-2.0
--
-- The configuration of Pharos: Lua, in which a dnsdist.conf is valid as it stands.
-- Try a change with `pharos validate`, apply it with `systemctl reload pharos`.
-- Complete examples are in /usr/share/doc/pharos/examples.

-- setLocal("192.0.2.53:53")
-- addACL("192.0.2.0/24")

-- newServer{address = "192.0.2.11", name = "first", order = 1}
-- newServer{address = "192.0.2.12", name = "second", order = 2}

-- local resolver = newCheck{
--   name = "resolver",
--   run = function(ctx)
--     local reply = dns.query{server = "192.0.2.53", name = "example.org", type = "SOA"}
--     return reply.ok, reply.rcodeName
--   end,
-- }

-- newNeighbor{address = "192.0.2.1", peerAS = 64500, localAS = 64501}
-- announce{prefix = "192.0.2.53/32", when = resolver}
