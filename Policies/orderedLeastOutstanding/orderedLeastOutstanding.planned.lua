-- SPDX-License-Identifier: Apache-2.0
--
-- The server with the fewest queries in flight, of the lowest order that has one up: planned
-- when a server's state changes, so that no Lua runs for a query.

local function plan(servers)
    local tier, lowest = {}, nil
    for _, server in ipairs(servers) do
        if server:isUp() and (lowest == nil or server.order <= lowest) then
            if server.order ~= lowest then tier, lowest = {}, server.order end
            tier[#tier + 1] = server
        end
    end
    return { servers = tier, pick = "leastOutstanding" }
end

return plan
