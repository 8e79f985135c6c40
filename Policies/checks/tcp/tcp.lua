-- SPDX-License-Identifier: Apache-2.0
--
-- Up while a port takes connections and, when asked to, says what it should.

return function(given)
    local o = checks.options("checks.tcp", given, {
        address = "text",
        port = "count",
        tls = "any",
        send = "text",
        contains = "text",
        pattern = "text",
        timeout = "time",
        source = "text",
    })
    if not o.address and not o.port then
        error("checks.tcp: address is missing (or port, for a check with targets)", 2)
    end
    if o.address and o.port then
        error("checks.tcp: give address with its port, or port alone for targets", 2)
    end

    local function address(ctx)
        if o.address then return o.address end
        local target = ctx.target
        if not target then error("checks.tcp: port alone needs a check with targets", 0) end
        return (target:find(":", 1, true) and "[" .. target .. "]" or target) .. ":" .. o.port
    end

    return function(ctx)
        local connection = tcp.connect{
            address = address(ctx), tls = o.tls, timeout = o.timeout, source = o.source,
        }
        if o.send then connection:write(o.send) end
        local wanted = o.pattern or o.contains
        if not wanted then return true, "connected" end
        local line
        -- The first lines of a greeting may say other things.
        for _ = 1, 100 do
            local next = connection:read("line")
            if not next then break end
            line = next
            if line:find(wanted, 1, not o.pattern) then return true, line end
        end
        return false, line and "it says '" .. line .. "'" or "it closes without a word"
    end
end
