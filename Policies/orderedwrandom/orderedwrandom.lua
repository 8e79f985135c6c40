-- SPDX-License-Identifier: Apache-2.0
--
-- A random server of the lowest order that has one up, in proportion to the weights.

-- One table for all queries: a table a query would be work for the collector.
local tier = {}

local function orderedwrandom(servers, dq)
    local lowest, size = nil, 0
    for i = 1, #servers do
        local server = servers[i]
        local order = server.order
        if (lowest == nil or order <= lowest) and server:isUp() then
            if order ~= lowest then lowest, size = order, 0 end
            size = size + 1
            tier[size] = server
        end
    end
    for i = #tier, size + 1, -1 do tier[i] = nil end
    if size <= 1 then return tier[1] end
    return wrandom.policy(tier, dq)
end

return orderedwrandom
