-- SPDX-License-Identifier: Apache-2.0
--
-- What luacheck may take for granted in Policies and Examples: Lua 5.4 and the names that
-- Sources/Scripting defines. Packaging/lint/globals.sh fails when the two drift apart.

stds.pharos = {
    read_globals = {
        "AllRule", "AllowAction", "AllowResponseAction", "AndRule",
        "ClearRecordTypesResponseAction", "ContinueAction", "DNSAction", "DNSClass", "DNSOpcode",
        "DNSQType", "DNSRCode", "DNSSECRule", "DSTPortRule", "DelayAction", "DelayResponseAction",
        "DisableECSAction", "DisableValidationAction", "DropAction", "DropResponseAction",
        "EDNSOptionRule", "EDNSVersionRule", "ERCodeAction", "ERCodeRule", "KeyValueLookupKeyQName",
        "KeyValueLookupKeySourceIP", "KeyValueLookupKeySuffix", "KeyValueLookupKeyTag",
        "KeyValueStoreLookupRule", "LimitTTLResponseAction", "LogAction", "LogResponseAction",
        "LuaAction", "LuaResponseAction", "LuaRule", "MaxQPSIPRule", "MaxQPSRule",
        "NegativeAndSOAAction", "NetmaskGroupRule", "NoRecurseAction", "NoneAction", "NotRule",
        "OpcodeRule", "OrRule", "PoolAction", "PoolAvailableRule", "PoolOutstandingRule",
        "ProbaRule", "QClassRule", "QNameLabelsCountRule", "QNameRule", "QNameSetRule",
        "QNameSuffixRule", "QNameWireLengthRule", "QPSAction", "QPSPoolAction", "QTypeRule",
        "RCodeAction", "RCodeRule", "RDRule", "RE2Rule", "RecordsCountRule", "RecordsTypeCountRule",
        "RegexRule", "SetDisableECSAction", "SetDisableValidationAction", "SetMaxTTLResponseAction",
        "SetMinTTLResponseAction", "SetNegativeAndSOAAction", "SetNoRecurseAction",
        "SetSkipCacheAction", "SetSkipCacheResponseAction", "SetTagAction", "SetTagResponseAction",
        "SetTempFailureCacheTTLAction", "SkipCacheAction", "SpoofAction", "SpoofCNAMEAction",
        "SpoofRawAction", "SuffixMatchNodeRule", "TCAction", "TCPRule", "TCResponseAction",
        "TagAction", "TagResponseAction", "TagRule", "TempFailureCacheTTLAction",
        "TrailingDataRule", "addACL", "addAction", "addAnyTCRule", "addCacheHitResponseAction",
        "addDelay", "addDisableValidationRule", "addDomainBlock", "addDomainCNAMESpoof",
        "addDomainSpoof", "addLocal", "addLuaAction", "addLuaResponseAction", "addNoRecurseRule",
        "addPoolRule", "addQPSLimit", "addQPSPoolRule", "addResponseAction",
        "addSelfAnsweredResponseAction", "announce", "chashed", "clearCacheHitResponseRules",
        "clearResponseRules", "clearRules", "clearSelfAnsweredResponseRules", "dns", "dofile",
        "errlog", "exec", "firstAvailable", "getPoolServers", "getServer", "getServers",
        "includeDirectory", "infolog", "leastOutstanding", "makeRule", "mvCacheHitResponseRule",
        "mvCacheHitResponseRuleToTop", "mvResponseRule", "mvResponseRuleToTop", "mvRule",
        "mvRuleToTop", "mvSelfAnsweredResponseRule", "mvSelfAnsweredResponseRuleToTop", "newCA",
        "newCAFromRaw", "newCDBKVStore", "newCheck", "newDNSName", "newDNSNameFromRaw", "newNMG",
        "newNeighbor", "newNetmask", "newRuleAction", "newServer", "newServerPolicy", "node",
        "orderedWrandUntag", "print", "require", "rmCacheHitResponseRule", "rmResponseRule",
        "rmRule", "rmSelfAnsweredResponseRule", "roundrobin", "setACL", "setBGPListen", "setLocal",
        "setPoolServerPolicy", "setPoolServerPolicyLua", "setRoundRobinFailOnNoServer",
        "setRouterID", "setRules", "setServFailWhenNoServer", "setServerPolicy",
        "setServerPolicyLua", "setUDPTimeout", "setWHashedPertubation", "setWHashedPerturbation",
        "setting", "shared", "sleep", "tcp", "topCacheHitResponseRule", "topResponseRule",
        "topRule", "topSelfAnsweredResponseRule", "vinfolog", "warnlog", "webserver", "whashed",
        "wrandom",
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
