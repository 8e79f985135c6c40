-- SPDX-License-Identifier: Apache-2.0
--
-- Up while a resolver resolves a name to what it should.

-- A function that says whether the data of a record is wanted.
local function matcher(o)
    local wanted = o.match
    if type(wanted) == "function" then return wanted end
    if o.pattern then return function(data) return data:find(o.pattern) ~= nil end end
    if wanted == nil then return function() return true end end
    if type(wanted) == "string" then wanted = { wanted } end
    local known = {}
    for _, data in ipairs(wanted) do known[data:lower()] = true end
    return function(data) return known[data:lower()] end
end

return function(given)
    local o = checks.options("checks.recursivedns", given, {
        server = "text",
        name = { kind = "text", required = true },
        type = { kind = "any", default = "A" },
        match = "any",
        pattern = "text",
        authenticData = { kind = "boolean", default = false },
        transport = { kind = "text", default = "udp", oneOf = { "udp", "tcp", "both" } },
        timeout = "time",
        retries = "count",
        source = "text",
    })
    local kind = type(o.match)
    if kind ~= "nil" and kind ~= "string" and kind ~= "table" and kind ~= "function" then
        error("checks.recursivedns: match must be text, a list of texts or a function, not "
            .. tostring(o.match), 2)
    end
    if o.match and o.pattern then
        error("checks.recursivedns: give match or pattern, not both", 2)
    end
    local wants = matcher(o)

    return function(ctx)
        local reply = dns.query{
            server = o.server or ctx.target, name = o.name, type = o.type, transport = o.transport,
            timeout = o.timeout, retries = o.retries, source = o.source, dnssecOK = o.authenticData,
        }
        if not reply.ok then return false, reply.rcodeName end
        if not reply.recursionAvailable then return false, "it offers no recursion" end
        if o.authenticData and not reply.authenticData then return false, "not validated" end
        local seen = {}
        for _, record in ipairs(reply.answers) do
            if record.typeName ~= "RRSIG" then
                if wants(record.data, record) then return true, record.data end
                seen[#seen + 1] = record.data
            end
        end
        if #seen == 0 then return false, "no answer records" end
        return false, "none matches: " .. table.concat(seen, ", ", 1, math.min(#seen, 4))
    end
end
