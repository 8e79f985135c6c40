-- SPDX-License-Identifier: Apache-2.0
--
-- A shipped policy on plain tables: its very text, but that a server's state is a field and the two
-- built-in policies are Lua. Arguments: the policy's file, and how many servers.

local file, count = ...

-- Weights end to end, and a random number below their sum.
local function weightedRandom(list)
    local sum = 0
    for i = 1, #list do
        local server = list[i]
        if server.up then sum = sum + server.weight end
    end
    if sum == 0 then return nil end
    local target = math.random(sum)
    for i = 1, #list do
        local server = list[i]
        if server.up then
            target = target - server.weight
            if target <= 0 then return server end
        end
    end
end

local function leastOutstanding(list)
    local best
    for i = 1, #list do
        local server = list[i]
        if server.up then
            if best == nil or server.outstanding < best.outstanding
                or server.outstanding == best.outstanding
                and (server.order < best.order
                    or server.order == best.order and server.latency < best.latency)
            then
                best = server
            end
        end
    end
    return best
end

local environment = setmetatable({
    wrandom = { policy = weightedRandom }, leastOutstanding = { policy = leastOutstanding },
}, { __index = _G })

local text, fields = assert(io.open(file)):read("a"):gsub("server:isUp%(%)", "server.up")
assert(fields > 0 or not text:find("isUp"), file .. " asks for a server's state in another way")
local policy = assert(load(text, "@" .. file, "t", environment))()

local servers = {}
for i = 1, count do
    servers[i] = {
        number = i, name = "s" .. i, order = i * 3 <= count * 2 and 1 or 2, weight = i * 10,
        up = true, outstanding = i % 4 + 1, latency = 1000 + i,
    }
end
return policy, servers, { qtype = 1 }
