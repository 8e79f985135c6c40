// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a name of the published configurations that is gone, read with another meaning, or
/// with other units than dnsdist's.
@Suite struct DialectTests {
    @Test func aPublishedConfigurationLoads() throws {
        let path = Fixture.folder + "/Fixtures/dnsdist.conf"
        let generation = try ScriptBuilder.build(
            path: path, nodeName: "node1", mode: .run, planeThreads: 2)
        let configuration = generation.configuration
        #expect(
            configuration.listeners?.map(\.endpoint.description) == [
                "192.160.102.135:53", "[2605:e200:d00d:300::135]:53", "192.160.102.235:53",
                "192.160.102.236:53", "[2605:e200:d00a:5301::]:53", "[2605:e200:d00a:5302::]:53",
            ])
        #expect(configuration.acl.count == DeclaredConfiguration.defaultACL.count + 2)
        #expect(configuration.servers.map(\.name).first == "DNS1")
        #expect(configuration.servers.map(\.order) == [1, 1, 3, 3, 3, 3])
        #expect(configuration.servers.map(\.weight) == [1000, 1000, 1, 1, 1, 1])
        #expect(configuration.servers[2].address.description == "[2001:4860:4860::8888]:53")
        #expect(configuration.policy.name == "tiered")
        #expect(
            configuration.rules.map(\.selector) == [.and([.queryType(255), .overTCP(false)])])
        #expect(configuration.rules.map(\.action) == [.truncate])
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.files.count == 2)
        #expect(generation.plane != nil)
        generation.plane?.close()
    }

    @Test func theShortFormTakesAddressAndRate() throws {
        let servers = try Fixture.configuration(
            #"newServer("192.0.2.1") newServer("[2001:db8::1]:5353", 100) newServer({address="192.0.2.2"})"#
        ).servers
        #expect(
            servers.map(\.address.description) == [
                "192.0.2.1:53", "[2001:db8::1]:5353", "192.0.2.2:53",
            ])
        #expect(servers.map(\.queriesPerSecondMax) == [0, 100, 0])
        #expect(servers[0].pools == [""])
    }

    @Test func numericTextCountsAsNumbersAndUnitsAreDnsdists() throws {
        let server = try #require(
            try Fixture.configuration(
                """
                newServer{address="192.0.2.1", order="2", weight="7", qps="5", sockets=3, retries=2,
                  tcpConnectTimeout=3, tcpSendTimeout="4", tcpRecvTimeout=6, udpTimeout=2,
                  checkTimeout=1500, checkInterval=5, maxCheckFailures=3, rise=2, mustResolve=true,
                  setCD=true, checkTCP=true, checkName="example.com", checkType="SOA",
                  checkClass=DNSClass.CHAOS, healthCheckMode="lazy", id="x-y", pool={"a", "b"},
                  source="192.0.2.9@eth0"}
                """
            ).servers.first)
        #expect((server.order, server.weight, server.queriesPerSecondMax) == (2, 7, 5))
        #expect((server.sockets, server.tcpRetries) == (3, 2))
        #expect(server.tcpConnectTimeoutMilliseconds == 3_000)
        #expect(server.tcpSendTimeoutMilliseconds == 4_000)
        #expect(server.tcpReceiveTimeoutMilliseconds == 6_000)
        #expect(server.udpTimeoutMilliseconds == 2_000)
        #expect(server.pools == ["a", "b"])
        #expect(server.uuid == "x-y")
        #expect(server.source == IPAddress("192.0.2.9"))
        #expect(server.sourceInterface == "eth0")
        var check = ServerHealthCheck()
        check.mode = .lazy
        check.queryName = "example.com."
        check.queryType = 6
        check.queryClass = 3
        check.timeoutMilliseconds = 1_500
        check.intervalSeconds = 5
        check.failuresMax = 3
        check.rise = 2
        check.mustResolve = true
        check.checkingDisabled = true
        check.overTCP = true
        #expect(server.healthCheck == check)
    }

    @Test func repeatedServersGetNumberedIdentities() throws {
        let servers = try Fixture.configuration(
            """
            newServer("192.0.2.1") newServer("192.0.2.1")
            newServer{address="192.0.2.1", name="a"} newServer{address="192.0.2.2", name="a"}
            """
        ).servers
        #expect(servers.map(\.identity) == ["192.0.2.1:53", "192.0.2.1:53#2", "a", "a#2"])
    }

    @Test func setLocalReplacesAndAddLocalAdds() throws {
        let configuration = try Fixture.configuration(
            """
            addLocal("192.0.2.1") setLocal("::1", {interface="lo", tcpListenQueueSize=9,
                                            tcpFastOpenQueueSize=64})
            addLocal("0.0.0.0:5300", {reusePort=true}) addLocal("0.0.0.0:5300", {reusePort=true})
            """)
        #expect(
            configuration.listeners?.map(\.endpoint.description) == ["[::1]:53", "0.0.0.0:5300"])
        #expect(configuration.listeners?.first?.interface == "lo")
        #expect(configuration.listeners?.first?.tcpListenQueueSize == 9)
        #expect(configuration.listeners?.first?.tcpFastOpenQueueSize == 64)
    }

    @Test func setACLReplacesAndAddACLAdds() throws {
        let acl = try Fixture.configuration(
            #"addACL("192.0.2.0/24") setACL({"198.51.100.0/24", "::1"}) addACL("203.0.113.1")"#
        ).acl
        #expect(acl.map(\.description) == ["198.51.100.0/24", "::1/128", "203.0.113.1/32"])
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func builtInPoliciesCanBeSet(_ policy: BuiltinPolicy) throws {
        let configuration = try Fixture.configuration(
            """
            setServerPolicy(\(policy.rawValue))
            newServer{address="192.0.2.1", pool="p"}
            setPoolServerPolicy(\(policy.rawValue), "p")
            assert(\(policy.rawValue).name == "\(policy.rawValue)")
            """)
        #expect(configuration.policy == .builtin(policy))
        #expect(configuration.pools.first { $0.name == "p" }?.policy == .builtin(policy))
        #expect(!configuration.needsPlaneScripts)
    }

    @Test func theLastPolicySetWins() throws {
        let configuration = try Fixture.configuration(
            """
            setServerPolicyLua("mine", function(servers, dq) return servers[1] end)
            setServerPolicy(firstAvailable)
            """)
        #expect(configuration.policy == .builtin(.firstAvailable))
    }

    @Test func poliesOfPoolsAreTheirOwn() throws {
        let configuration = try Fixture.configuration(
            """
            local mine = newServerPolicy("mine", function(servers, dq) return servers[1] end)
            setPoolServerPolicy(mine, "a")
            setPoolServerPolicyLua("other", function(servers, dq) return servers[2] end, "b")
            """)
        #expect(configuration.pools.map(\.name) == ["", "a", "b"])
        #expect(configuration.pools.map(\.policy?.name) == [nil, "mine", "other"])
        #expect(configuration.functions.map(\.name) == ["mine", "other"])
        #expect(configuration.functions.map(\.location.line) == [1, 3])
    }

    @Test func aPolicyThatWasReplacedNeedsNoPlaneVM() throws {
        let generation = try Fixture.build(
            """
            setServerPolicyLua("mine", function(servers, dq) return servers[1] end)
            setServerPolicy(firstAvailable)
            """, mode: .run)
        #expect(generation.plane == nil)
    }

    @Test func filesBesideTheConfigurationAreFound() throws {
        let folder = "/tmp/pharos-dialect-\(UInt32.random(in: .min ... .max))"
        defer { _ = try? EnvironmentHooks.system.execute("rm -rf \(folder)") }
        _ = try EnvironmentHooks.system.execute(
            """
            mkdir -p \(folder)/conf.d && cd \(folder) &&
            echo 'newServer("192.0.2.2")' > conf.d/b.conf &&
            echo 'newServer("192.0.2.1")' > conf.d/a.conf &&
            echo 'error("not this one")' > conf.d/c.lua &&
            echo 'return {address = "192.0.2.3"}' > extra.lua &&
            echo 'newServer{address="192.0.2.4", wieght=1}' > typo.lua &&
            printf 'secret\\n' > key &&
            cat > main.lua <<'END'
            includeDirectory("conf.d")
            newServer(require("extra"))
            dofile("typo.lua")
            newNeighbor{address="192.0.2.9", localAS=1, peerAS=2, passwordFile="key"}
            for line in io.lines("key") do assert(line == "secret") end
            setServerPolicyLua("p", function(servers) return servers[1] end)
            setRouterID("192.0.2.1")
            END
            """)
        let generation = try ScriptBuilder.build(
            path: "\(folder)/main.lua", nodeName: "n", mode: .run, planeThreads: 2)
        generation.plane?.close()
        let configuration = generation.configuration
        #expect(
            configuration.servers.map(\.address.address.description) == [
                "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4",
            ])
        #expect(configuration.neighbors.first?.md5Password == "secret")
        #expect(
            configuration.warnings == [
                "typo.lua:1: newServer: unknown key 'wieght'; did you mean 'weight'?"
            ])
    }

    @Test func rulesAreReadInOrder() throws {
        let rules = try Fixture.configuration(
            """
            addAction(AndRule{QTypeRule(DNSQType.ANY), NotRule(TCPRule(true))}, TCAction())
            addAction("192.0.2.0/24", DropAction(), {name="spoofed"})
            addAction({"198.51.100.0/24", "2001:db8::/32"}, RCodeAction(DNSRCode.REFUSED))
            local group = newNMG()
            group:addMask("203.0.113.0/24")
            addAction(OrRule({QTypeRule("AXFR"), NetmaskGroupRule(group)}), PoolAction("slow"))
            addAction(AllRule(), AllowAction())
            addAction(makeRule("192.0.2.1"), NoneAction())
            """
        ).rules
        #expect(
            rules.map(\.action) == [
                .truncate, .drop, .responseCode(5), .pool("slow"), .allow, .none,
            ])
        #expect(rules[0].selector == .and([.queryType(255), .not(.overTCP(true))]))
        #expect(rules[1].name == "spoofed")
        #expect(rules[1].location.line == 2)
        #expect(
            rules[3].selector
                == .or([.queryType(252), .source([IPPrefix("203.0.113.0/24")].compactMap { $0 })]))
    }

    @Test func switchesAreRead() throws {
        let configuration = try Fixture.configuration(
            """
            setServFailWhenNoServer(true) setRoundRobinFailOnNoServer(true) setUDPTimeout(3)
            setWHashedPertubation(5) setWHashedPerturbation(7) webserver("127.0.0.1:8083", "secret", "key")
            setRouterID("192.0.2.1") setBGPListen("127.0.0.1:1179")
            """)
        #expect(configuration.answersServFailWhenNoServer)
        #expect(configuration.roundRobinFailsOnNoServer)
        #expect(configuration.udpTimeoutMilliseconds == 3_000)
        #expect(configuration.hashPerturbation == 7)
        #expect(configuration.webserver?.description == "127.0.0.1:8083")
        #expect(configuration.routerID == 0xc000_0201)
        #expect(configuration.bgpListeners.map(\.description) == ["127.0.0.1:1179"])
    }

    @Test func callsWithoutEffectWarnOnceEach() throws {
        let warnings = try Fixture.configuration(
            """
            controlSocket("127.0.0.1:5199")
            setKey("abc") setKey("abc")
            newServer{address="192.0.2.1", reconnectOnUp=true, wieght=3}
            addLocal("127.0.0.1:5300", {numberOfShards=2})
            """
        ).warnings
        #expect(warnings.count == 5)
        #expect(warnings[0].hasPrefix("test.lua:1: controlSocket: accepted without effect"))
        #expect(
            warnings.contains("test.lua:3: newServer: unknown key 'wieght'; did you mean 'weight'?")
        )
        #expect(
            warnings.contains { $0.hasPrefix("test.lua:4: addLocal: unknown key 'numberOfShards'") }
        )
    }

    @Test func serversOfTheFileCanBeReadAndForced() throws {
        let configuration = try Fixture.configuration(
            """
            local s = newServer{address="192.0.2.1", name="a", order=2, weight=5}
            newServer("192.0.2.2")
            assert(s.name == "a" and s.order == 2 and s.weight == 5 and s.upStatus == false)
            assert(s:getName() == "a" and s:getNameWithAddr() == "a (192.0.2.1:53)")
            assert(#getServers() == 2 and getServer(1) == s and getServer("a") == s)
            assert(#getPoolServers("") == 2)
            s:setDown()
            s.weight = 9
            getServer(0):setUp()
            s:addPool("extra")
            """)
        #expect(configuration.servers.map(\.initialState) == [.down, .up])
        #expect(configuration.servers[0].weight == 9)
        #expect(configuration.servers[0].pools == ["", "extra"])
    }

    @Test func settingsAndTheNodesNameAreThere() throws {
        let configuration = try Fixture.configuration(
            "newServer{address = setting.dns, name = node.name} assert(setting.none == nil)",
            settings: ["dns": "192.0.2.7:5301"])
        #expect(configuration.servers.map(\.name) == ["node1"])
        #expect(configuration.servers.map(\.address.port) == [5301])
    }

    @Test func constantsHaveDnsdistsNames() throws {
        _ = try Fixture.configuration(
            """
            assert(DNSQType.A == 1 and DNSQType.AAAA == 28 and DNSQType.ANY == 255)
            assert(DNSRCode.NOERROR == 0 and DNSRCode.SERVFAIL == 2 and DNSRCode.NXDOMAIN == 3)
            assert(DNSRCode.REFUSED == 5 and DNSClass.IN == 1 and DNSOpcode.Query == 0)
            assert(DNSAction.Drop == 0 and DNSAction.Pool == 6 and DNSAction.None == 10)
            """)
    }
}
