-- SPDX-License-Identifier: Apache-2.0
--
-- Up while a program ends with status 0: a monitoring plugin, a script that was there before.

local function firstLine(result)
    local text = result.stdout ~= "" and result.stdout or result.stderr
    return (text:match("^[^\r\n]*"))
end

return function(given)
    local o = checks.options("checks.exec", given, {
        command = { kind = "texts", required = true },
        status = { kind = "counts", default = 0 },
        unknown = "counts",
        contains = "text",
        environment = "table",
        timeout = "time",
    })

    local function isOneOf(status, list)
        if type(list) ~= "table" then return status == list end
        for _, one in ipairs(list) do
            if one == status then return true end
        end
        return false
    end

    return function(ctx)
        local environment = { PHAROS_CHECK = ctx.name, PHAROS_TARGET = ctx.target }
        for name, value in pairs(o.environment or {}) do environment[name] = value end
        local options = { environment = environment, timeout = o.timeout }
        local result
        if type(o.command) == "string" then
            options[1] = o.command
            result = exec.shell(options)
        else
            for i, word in ipairs(o.command) do options[i] = word end
            result = exec.run(options)
        end
        local detail = firstLine(result)
        if isOneOf(result.status, o.unknown) then
            error("checks.exec: status " .. result.status .. ", which says nothing: " .. detail, 0)
        end
        if not isOneOf(result.status, o.status) then
            return false, "status " .. result.status .. (detail ~= "" and ": " .. detail or "")
        end
        if o.contains and not result.stdout:find(o.contains, 1, true) then
            return false, "without '" .. o.contains .. "': " .. detail
        end
        return true, detail
    end
end
