-- SPDX-License-Identifier: Apache-2.0
--
-- Several checks as one: functions of a check, such as checks.dns returns, asked side by side.

local function listOf(call, list)
    if type(list) ~= "table" or next(list) == nil then
        error(call .. ": give a list of functions, such as checks.dns{…} returns", 3)
    end
    for label, entry in pairs(list) do
        if type(entry) ~= "function" then
            error(call .. ": entry " .. tostring(label) .. " must be a function, not a "
                .. type(entry), 3)
        end
    end
    return list
end

local combined = {}

function combined.all(list)
    listOf("checks.all", list)
    return function() return check.all(list) end
end

function combined.any(list)
    listOf("checks.any", list)
    return function() return check.any(list) end
end

function combined.quorum(needed, list)
    listOf("checks.quorum", list)
    local count = 0
    for _ in pairs(list) do count = count + 1 end
    if math.tointeger(needed) == nil or needed < 1 or needed > count then
        error("checks.quorum: the number of those that must be up must be from 1 to " .. count, 2)
    end
    return function() return check.quorum(needed, list) end
end

return combined
