-- SPDX-License-Identifier: Apache-2.0
--
-- Up while a web server answers with the status, and the words, that are wanted.

local function isWanted(status, wanted)
    if wanted == nil then return status >= 200 and status <= 299 end
    if type(wanted) ~= "table" then return status == wanted end
    for _, one in ipairs(wanted) do
        if status == one then return true end
    end
    return false
end

return function(given)
    local o = checks.options("checks.http", given, {
        url = { kind = "text", required = true },
        status = "counts",
        contains = "text",
        pattern = "text",
        method = "text",
        headers = "table",
        body = "text",
        verify = { kind = "boolean", default = true },
        caFile = "text",
        followRedirects = { kind = "boolean", default = false },
        timeout = "time",
    })

    local function url(ctx)
        if not o.url:find("{target}", 1, true) then return o.url end
        local target = ctx.target
        if not target then error("checks.http: {target} needs a check with targets", 0) end
        if target:find(":", 1, true) then target = "[" .. target .. "]" end
        return (o.url:gsub("{target}", (target:gsub("%%", "%%%%"))))
    end

    return function(ctx)
        local response = http.get{
            url = url(ctx), method = o.method, headers = o.headers, body = o.body,
            verify = o.verify, caFile = o.caFile, followRedirects = o.followRedirects,
            timeout = o.timeout,
        }
        local detail = "status " .. response.status
        if not isWanted(response.status, o.status) then return false, detail end
        if o.contains and not response.body:find(o.contains, 1, true) then
            return false, detail .. ", without '" .. o.contains .. "'"
        end
        if o.pattern and not response.body:find(o.pattern) then
            return false, detail .. ", nothing matches '" .. o.pattern .. "'"
        end
        return true, detail
    end
end
