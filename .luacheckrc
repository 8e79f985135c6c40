-- SPDX-License-Identifier: Apache-2.0
--
-- What luacheck may take for granted in Policies and Examples: Lua 5.4 and the names that
-- Sources/Scripting defines. Packaging/lint/globals.sh fails when the two drift apart.

stds.pharos = {
    read_globals = {
        "AllRule", "AllowAction", "AllowResponseAction", "AndRule",
        "ClearRecordTypesResponseAction", "ContinueAction", "DNSAction", "DNSClass",
        "DNSCryptExchangeVersion", "DNSOpcode", "DNSQType", "DNSRCode", "DNSResponseAction",
        "DNSSECRule", "DNSSection", "DSTPortRule", "DelayAction", "DelayResponseAction",
        "DisableECSAction", "DisableValidationAction", "DropAction", "DropResponseAction",
        "ECSOverrideAction", "ECSPrefixLengthAction", "EDNSOptionCode", "EDNSOptionRule",
        "EDNSVersionRule", "ERCodeAction", "ERCodeRule", "KeyValueLookupKeyQName",
        "KeyValueLookupKeySourceIP", "KeyValueLookupKeySuffix", "KeyValueLookupKeyTag",
        "KeyValueStoreLookupRule", "LimitTTLResponseAction", "LogAction", "LogResponseAction",
        "LuaAction", "LuaResponseAction", "LuaRule", "MaxQPSIPRule", "MaxQPSRule",
        "NegativeAndSOAAction", "NetmaskGroupRule", "NoRecurseAction", "NoneAction", "NotRule",
        "OpcodeRule", "OrRule", "PoolAction", "PoolAvailableRule", "PoolOutstandingRule",
        "ProbaRule", "QClassRule", "QNameLabelsCountRule", "QNameRule", "QNameSetRule",
        "QNameSuffixRule", "QNameWireLengthRule", "QPSAction", "QPSPoolAction", "QTypeRule",
        "RCodeAction", "RCodeRule", "RDRule", "RE2Rule", "RecordsCountRule", "RecordsTypeCountRule",
        "RegexRule", "SetDisableECSAction", "SetDisableValidationAction", "SetECSAction",
        "SetECSOverrideAction", "SetECSPrefixLengthAction", "SetMaxTTLResponseAction",
        "SetMinTTLResponseAction", "SetNegativeAndSOAAction", "SetNoRecurseAction",
        "SetSkipCacheAction", "SetSkipCacheResponseAction", "SetTagAction", "SetTagResponseAction",
        "SetTempFailureCacheTTLAction", "SkipCacheAction", "SpoofAction", "SpoofCNAMEAction",
        "SpoofRawAction", "SuffixMatchNodeRule", "TCAction", "TCPRule", "TCResponseAction",
        "TagAction", "TagResponseAction", "TagRule", "TempFailureCacheTTLAction",
        "TrailingDataRule", "addACL", "addAction", "addAnyTCRule", "addCacheHitResponseAction",
        "addDelay", "addDisableValidationRule", "addDomainBlock", "addDomainCNAMESpoof",
        "addDomainSpoof", "addDynBlockSMT", "addDynBlocks", "addDynamicBlock", "addLocal",
        "addLuaAction", "addLuaResponseAction", "addMaintenanceCallback", "addNoRecurseRule",
        "addPoolRule", "addQPSLimit", "addQPSPoolRule", "addResponseAction",
        "addSelfAnsweredResponseAction", "addServerStateChangeCallback", "announce", "chashed",
        "check", "checks", "clearCacheHitResponseRules", "clearDynBlocks", "clearResponseRules",
        "clearRules", "clearSelfAnsweredResponseRules", "dns", "dofile", "dynBlockRulesGroup",
        "errlog", "every", "exabgp", "exceedNXDOMAINs", "exceedQRate", "exceedQTypeRate",
        "exceedRespByterate", "exceedServFails", "exec", "file", "firstAvailable", "getAddressInfo",
        "getDynamicBlocks", "getDynamicBlocksSMT", "getPool", "getPoolServers", "getServer",
        "getServers", "hashPassword", "healthcheck", "http", "includeDirectory", "infolog",
        "leastOutstanding", "makeRule", "mvCacheHitResponseRule", "mvCacheHitResponseRuleToTop",
        "mvResponseRule", "mvResponseRuleToTop", "mvRule", "mvRuleToTop",
        "mvSelfAnsweredResponseRule", "mvSelfAnsweredResponseRuleToTop", "newCA", "newCAFromRaw",
        "newCDBKVStore", "newCheck", "newDNSName", "newDNSNameFromRaw", "newDNSNameSet",
        "newHelper", "newNMG", "newNeighbor", "newNetmask", "newPacketCache", "newPlannedPolicy",
        "newQPSLimiter", "newRuleAction", "newServer", "newServerPolicy", "newSuffixMatchNode",
        "node", "onStateChange", "orderedWrandUntag", "policyReturns", "print", "require", "rmACL",
        "rmCacheHitResponseRule", "rmResponseRule", "rmRule", "rmSelfAnsweredResponseRule",
        "rmServer", "roundrobin", "setACL", "setACLFromFile", "setAllowedPrefixes", "setBGPListen",
        "setConsistentHashingBalancingFactor", "setDynBlocksAction", "setECSOverride",
        "setECSSourcePrefixV4", "setECSSourcePrefixV6", "setLocal", "setMaxReloadWithdraws",
        "setMaxTCPConnectionDuration", "setMaxTCPConnectionsPerClient",
        "setMaxTCPQueriesPerConnection", "setMaxUDPOutstanding", "setMaxUDPQueueDelay",
        "setPoolServerPolicy", "setPoolServerPolicyLua", "setRingBuffersSize",
        "setRoundRobinFailOnNoServer", "setRouterID", "setRules", "setScriptLimits",
        "setServFailWhenNoServer", "setServerIdentity", "setServerPolicy", "setServerPolicyLua",
        "setStaleCacheEntriesTTL", "setTCPRecvTimeout", "setTCPSendTimeout", "setUDPRetries",
        "setUDPSegmentation", "setUDPTimeout", "setVerboseHealthChecks", "setWHashedPertubation",
        "setWHashedPerturbation", "setWebserverConfig", "setWeightedBalancingFactor", "setting",
        "shared", "showDynBlocks", "sleep", "steps", "tcp", "topCacheHitResponseRule",
        "topResponseRule", "topRule", "topSelfAnsweredResponseRule", "truncateTC", "vinfolog",
        "warnlog", "webserver", "whashed", "wrandom",
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
