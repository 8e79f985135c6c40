-- SPDX-License-Identifier: Apache-2.0
--
-- Up while a server answers a question with the response code and the number of answers that are wanted.

local function listed(wanted, word)
    if type(wanted) == "string" then return wanted:upper() == word end
    for _, one in ipairs(wanted) do
        if one:upper() == word then return true end
    end
    return false
end

return function(given)
    local o = checks.options("checks.dns", given, {
        server = "text",
        name = { kind = "text", required = true },
        type = { kind = "any", default = "A" },
        class = { kind = "any", default = "IN" },
        transport = { kind = "text", default = "udp", oneOf = { "udp", "tcp", "both" } },
        timeout = "time",
        retries = "count",
        recursionDesired = { kind = "boolean", default = true },
        checkingDisabled = "boolean",
        dnssecOK = "boolean",
        source = "text",
        rcode = { kind = "texts", default = "NOERROR" },
        answers = "count",
    })
    -- A name that exists has something to show; NXDOMAIN, when that is what is wanted, has not.
    local least = tonumber(o.answers or listed(o.rcode, "NOERROR") and 1 or 0)

    return function(ctx)
        local reply = dns.query{
            server = o.server or ctx.target, name = o.name, type = o.type, class = o.class,
            transport = o.transport, timeout = o.timeout, retries = o.retries,
            recursionDesired = o.recursionDesired, checkingDisabled = o.checkingDisabled,
            dnssecOK = o.dnssecOK, source = o.source,
        }
        if not listed(o.rcode, reply.rcodeName) then return false, reply.rcodeName end
        local count = #reply.answers
        local detail = reply.rcodeName .. ", " .. count .. (count == 1 and " answer" or " answers")
        return count >= least, detail
    end
end
