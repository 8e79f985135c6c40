-- SPDX-License-Identifier: Apache-2.0
-- Rules of many kinds between lying clients and lying servers; run.sh fills in PORT, WEB and SERVERn.

setLocal("127.0.0.1:@PORT@")
setACL("127.0.0.0/8")
webserver("127.0.0.1:@WEB@")
setServFailWhenNoServer(true)
setUDPTimeout(2)
setStaleCacheEntriesTTL(60)
setServerPolicy(leastOutstanding)
truncateTC(true)

newServer{address = "127.0.0.1:@SERVER1@", name = "one", healthCheckMode = "up", useClientSubnet = true}
newServer{address = "127.0.0.1:@SERVER2@", name = "two", healthCheckMode = "up", sockets = 4}
newServer{address = "127.0.0.1:@SERVER3@", name = "checked", checkInterval = 1, maxCheckFailures = 3}
newServer{address = "127.0.0.1:@SERVER4@", name = "plain", healthCheckMode = "up", pool = "plain"}
getPool(""):setCache(newPacketCache(5000, {temporaryFailureTTL = 5, truncatedTTL = 5, keepStaleData = true}))

addAction("a.fuzz.", SpoofAction({"192.0.2.1", "2001:db8::1"}, {aa = true}))
addAction("own.fuzz.", SpoofAction({"192.0.2.1", "192.0.2.2"}))
addAction("alias.fuzz.", SpoofCNAMEAction("other.fuzz."))
addAction("raw.fuzz.", SpoofRawAction({"\1\2\3", ("x"):rep(300)}, {typeForAny = DNSQType.TXT}))
addAction("refused.fuzz.", RCodeAction(DNSRCode.REFUSED))
addAction("badvers.fuzz.", ERCodeAction(16))
addAction("truncate.fuzz.", TCAction())
addAction("drop.fuzz.", DropAction())
addAction("plain.fuzz.", PoolAction("plain"))
addAction("tagged.fuzz.", SetTagAction("tag", "value"))
addAction(TagRule("tag"), SetTagAction("other", "longer than the first one was"))
addAction("norecurse.fuzz.", SetNoRecurseAction())
addAction("skip.fuzz.", SetSkipCacheAction())
addAction("failure.fuzz.", SetTempFailureCacheTTLAction(7))
addAction("nosubnet.fuzz.", SetDisableECSAction())
addAction("subnet.fuzz.", SetECSOverrideAction(true))
addAction("rate.fuzz.", QPSAction(1000))
addAction(EDNSOptionRule(10), SetECSPrefixLengthAction(31, 127))
addAction(TrailingDataRule(), NoneAction())
addAction(RegexRule("^n[0-9]+7\\.none"), DelayAction(5))
addAction(QNameLabelsCountRule(0, 20), RCodeAction(DNSRCode.NXDOMAIN))
addAction(AndRule{OpcodeRule(DNSOpcode.Update), NotRule(DNSSECRule())}, RCodeAction(DNSRCode.NOTIMP))
addAction(AndRule{NotRule(SuffixMatchNodeRule(newSuffixMatchNode("honest."))), MaxQPSIPRule(20000)},
    TCAction())

local function look(dq)
    local seen = dq.qname:toString() .. dq:getContent() .. dq:getTrailingData() .. tostring(dq.remoteaddr)
    for code, option in pairs(dq:getEDNSOptions()) do seen = seen .. code .. tostring(option) end
    dq:setTag("seen", tostring(#seen))
    return seen
end
addAction("lua.fuzz.", LuaAction(function(dq)
    look(dq)
    dq.dh:setCD(true)
    if #dq:getTrailingData() > 10 then return DNSAction.Refused, "" end
    return DNSAction.None, ""
end))
addAction("luaspoof.fuzz.", LuaAction(function(dq)
    if dq.qtype == DNSQType.A then
        dq:spoof({newCA("192.0.2.7"), newCA("192.0.2.8")})
        return DNSAction.HeaderModify, ""
    end
    return DNSAction.Spoof, "192.0.2.9"
end))
addResponseAction("lua.fuzz.", LuaResponseAction(function(dr)
    look(dr)
    dr:editTTLs(function(section, class, kind, ttl) return ttl // 2 end)
    return DNSResponseAction.None, ""
end))
addResponseAction("clear.fuzz.", ClearRecordTypesResponseAction({DNSQType.A, DNSQType.NS}))
addResponseAction("limit.fuzz.", LimitTTLResponseAction(30, 60))
addResponseAction("cut.fuzz.", TCResponseAction())
addResponseAction("discard.fuzz.", DropResponseAction())

addDynBlockSMT({"blocked.fuzz."}, "never", 3600, DNSAction.Nxdomain)
local blocks = dynBlockRulesGroup()
blocks:setQueryRate(500, 5, "too many", 5, DNSAction.Refused)
blocks:setRCodeRate(DNSRCode.SERVFAIL, 500, 5, "too many failures", 5)
blocks:excludeRange({"127.0.0.0/8"})
blocks:includeRange({"127.0.1.3/32", "127.0.10.0/24"})
function maintenance() blocks:apply() end

-- What servers and their neighbours say to checks.
newCheck{name = "query", interval = 0.5, timeout = 0.2, run = function()
    return dns.query{server = "127.0.0.1:@SERVER1@", name = "check.none.fuzz", timeout = 0.1}.ok
end}
newCheck{name = "stream", interval = 0.5, timeout = 0.2, run = function()
    return dns.query{server = "127.0.0.1:@SERVER2@", name = "check.none.fuzz", tcp = true, timeout = 0.1}.ok
end}
newCheck{name = "web", interval = 0.5, timeout = 0.3, run = function()
    return http.get{url = "http://127.0.0.1:@SERVER3@/", timeout = 0.2}.status == 200
end}
newCheck{name = "line", interval = 0.5, timeout = 0.3, run = function()
    local c = tcp.connect{address = "127.0.0.1:@SERVER4@", timeout = 0.2}
    c:write("GET / HTTP/1.0\r\n\r\n")
    return c:read("line") ~= nil and c:read("all") ~= nil
end}
