-- SPDX-License-Identifier: Apache-2.0
--
-- Up while a server answers for a zone with authority, and its copy is not older than that of the primary
-- by more than is allowed.

local halfCircle = 2 ^ 31

-- RFC 1982 §3.2: how far `serial` is ahead of `other` on the circle of 2³² numbers; negative when it is
-- behind, nil when they are half a circle apart, which no order is defined for.
local function ahead(serial, other)
    local difference = (serial - other) % 2 ^ 32
    if difference == halfCircle then return nil end
    return math.tointeger(difference < halfCircle and difference or difference - 2 ^ 32)
end

local function soa(reply, zone)
    for _, record in ipairs(reply.answers) do
        if record.typeName == "SOA" and record.name:lower() == zone then return record end
    end
end

return function(given)
    local o = checks.options("checks.authdns", given, {
        zone = { kind = "text", required = true },
        server = "text",
        primary = "text",
        behindMax = { kind = "number", default = 300 },
        transport = { kind = "text", default = "udp", oneOf = { "udp", "tcp", "both" } },
        timeout = "time",
        source = "text",
    })
    local zone = o.zone:lower():gsub("%.?$", ".", 1)

    local function ask(server)
        return dns.query{
            server = server, name = zone, type = "SOA", recursionDesired = false,
            transport = o.transport, timeout = o.timeout, source = o.source,
        }
    end

    -- Serials that the primary had and a server has not yet, with the time they were first seen; by server.
    local awaited = {}

    -- Returns nil, or for how many seconds the server has been without a serial that the primary has.
    local function behind(server, serial, primarySerial, now)
        local waiting = awaited[server] or {}
        local kept = {}
        for _, entry in ipairs(waiting) do
            local lead = ahead(serial, entry.serial)
            if not lead or lead < 0 then kept[#kept + 1] = entry end
        end
        local lead = ahead(serial, primarySerial)
        local newest = kept[#kept]
        if (not lead or lead < 0) and not (newest and newest.serial == primarySerial) then
            -- A primary that changes each second must not fill memory: the oldest is what counts.
            if #kept >= 64 then table.remove(kept) end
            kept[#kept + 1] = { serial = primarySerial, since = now }
        end
        awaited[server] = kept
        return kept[1] and now - kept[1].since
    end

    return function(ctx)
        local server = o.server or ctx.target
        local own = ask(server)
        if not own.ok then return false, own.rcodeName end
        if not own.authoritative then return false, "not authoritative for " .. zone end
        local record = soa(own, zone)
        if not record then return false, "no SOA record of " .. zone end
        local detail = "serial " .. record.serial
        if not o.primary then return true, detail end

        -- What the primary does not say is not this server's fault.
        local asked, theirs = pcall(ask, o.primary)
        local primary = asked and theirs.ok and soa(theirs, zone)
        if not primary then
            return true, detail .. ", the primary does not say its own"
        end
        local seconds = behind(server, record.serial, primary.serial, os.time())
        if not seconds then return true, detail end
        detail = detail .. ", the primary has " .. primary.serial
        if seconds > 0 then detail = detail .. ", behind for " .. seconds .. " s" end
        return seconds <= tonumber(o.behindMax), detail
    end
end
