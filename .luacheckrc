-- SPDX-License-Identifier: Apache-2.0
--
-- What luacheck may take for granted in Policies and Examples: Lua 5.4 and the names that
-- Sources/Scripting defines. Packaging/lint/globals.sh fails when the two drift apart.

stds.pharos = {
    read_globals = {
        -- Configuration, as dnsdist has it.
        "addACL", "addAction", "addAnyTCRule", "addLocal", "addPoolRule", "getPoolServers",
        "getServer", "getServers", "newNMG", "newServer", "newServerPolicy", "setACL", "setLocal",
        "setPoolServerPolicy", "setPoolServerPolicyLua", "setRoundRobinFailOnNoServer",
        "setServFailWhenNoServer", "setServerPolicy", "setServerPolicyLua", "setUDPTimeout",
        "setWHashedPertubation", "setWHashedPerturbation", "webserver",
        -- Selectors and actions.
        "AllRule", "AndRule", "NetmaskGroupRule", "NotRule", "OrRule", "QTypeRule", "TCPRule",
        "makeRule", "AllowAction", "DropAction", "NoneAction", "PoolAction", "RCodeAction",
        "TCAction",
        -- Built-in policies.
        "chashed", "firstAvailable", "leastOutstanding", "roundrobin", "wrandom", "whashed",
        -- Tables of numbers by name.
        "DNSAction", "DNSClass", "DNSOpcode", "DNSQType", "DNSRCode",
        -- Ours.
        "announce", "newCheck", "newNeighbor", "setBGPListen", "setRouterID",
        "check", "dns", "exec", "node", "setting", "shared", "sleep", "tcp",
        "errlog", "infolog", "vinfolog", "warnlog",
    },
}

std = "lua54+pharos"
unused_args = false
max_line_length = 120

-- `pharos test` adds its own, and a test may replace a built-in policy.
files["**/*.test.lua"] = {
    read_globals = {
        "advance", "choose", "decide", "distribution", "expect", "fake", "run", "servers", "set", "test",
        "watch",
    },
    globals = {
        "chashed", "firstAvailable", "leastOutstanding", "roundrobin", "wrandom", "whashed",
    },
}
