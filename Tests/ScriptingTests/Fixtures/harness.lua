-- SPDX-License-Identifier: Apache-2.0
--
-- What the tests of our plugins may use: test(), expect(), servers{} and stand-ins for the built-in
-- policies, which take the first usable server of the list so that a test can tell who was asked.

local results = {}

function test(claim, body)
    local ok, problem = pcall(body)
    results[#results + 1] = { claim = claim, ok = ok, problem = not ok and tostring(problem) or "" }
end

function expect(actual, wanted, what)
    if actual ~= wanted then
        error((what or "value") .. ": " .. tostring(actual) .. " instead of " .. tostring(wanted), 2)
    end
end

local server = {}
server.__index = server
function server:isUp() return self.forced == nil and self.upStatus or self.forced == "up" end
function server:setDown() self.forced = "down" end
function server:setUp() self.forced = "up" end
function server:setAuto() self.forced = nil end
function server:getName() return self.name end
function server:getOutstanding() return self.outstanding end

-- servers{ {name = "a", order = 1, up = false}, … }
function servers(list)
    local made = {}
    for i, given in ipairs(list) do
        made[i] = setmetatable({
            name = given.name, order = given.order or 1, weight = given.weight or 1,
            upStatus = given.up ~= false, outstanding = given.outstanding or 0,
        }, server)
    end
    return made
end

asked = {}
local function stand_in(name, better)
    return {
        name = name,
        policy = function(list, dq)
            asked[#asked + 1] = name
            local best
            for _, candidate in ipairs(list) do
                if candidate:isUp() and (best == nil or better(candidate, best)) then
                    best = candidate
                end
            end
            return best
        end,
    }
end
wrandom = stand_in("wrandom", function() return false end)
leastOutstanding = stand_in("leastOutstanding", function(a, b)
    return a.outstanding < b.outstanding
end)

function report() return results end
