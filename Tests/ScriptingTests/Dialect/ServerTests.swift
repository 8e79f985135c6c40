// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a key of `newServer` that is lost or read with another meaning, a server that gets
/// queries in clear text which were to be encrypted, and methods that a plane's VM has not.
@Suite struct ServerTests {
    private func server(_ keys: String) throws -> ServerDeclaration {
        try #require(
            try Fixture.configuration("newServer{address='192.0.2.1', \(keys)}").servers.first)
    }

    @Test func lazyChecksAreRead() throws {
        let check = try server(
            """
            healthCheckMode="LAZY", lazyHealthCheckSampleSize=50, lazyHealthCheckMinSampleCount="5",
            lazyHealthCheckThreshold=30, lazyHealthCheckFailedInterval=10,
            lazyHealthCheckMode="TimeoutOnly", lazyHealthCheckUseExponentialBackOff=true,
            lazyHealthCheckMaxBackOff=600
            """
        ).healthCheck
        var expected = LazyHealthCheck()
        expected.sampleSize = 50
        expected.sampleCountMin = 5
        expected.threshold = 30
        expected.failedIntervalSeconds = 10
        expected.mode = .timeoutOnly
        expected.usesExponentialBackOff = true
        expected.backOffSecondsMax = 600
        #expect(check.mode == .lazy)
        #expect(check.lazy == expected)
    }

    @Test(arguments: [("up", ForcedState.up), ("down", .down), ("auto", .auto), ("lazy", .auto)])
    func modesForce(_ mode: String, _ state: ForcedState) throws {
        #expect(try server("healthCheckMode='\(mode)'").initialState == state)
    }

    @Test func checkFunctionIsBound() throws {
        let configuration = try Fixture.configuration(
            """
            newServer{address="192.0.2.1", name="a",
              checkFunction=function(qname, qtype, qclass, dh) return qname, qtype, qclass end}
            """)
        let function = try #require(configuration.functions.first)
        #expect(configuration.servers.first?.healthCheck.queryFunction == function)
        #expect(function.kind == .check)
        #expect(function.name == "checkFunction of a")
    }

    @Test(arguments: [
        ("tls='openssl', subjectName='dns.example'", "encryption", UInt16(853)),
        ("tls='gnutls', dohPath='/dns-query'", "encryption", 443),
        ("tls='openssl', address='192.0.2.1:8853'", "encryption", 8_853),
        ("useProxyProtocol=true", "the PROXY protocol", 53),
    ])
    func whatWouldGoOutInAnotherFormStaysDown(
        _ keys: String, _ what: String, _ port: UInt16
    ) throws {
        let configuration = try Fixture.configuration(
            "local s = newServer{address='192.0.2.1', name='a', \(keys)}\ns:setUp()")
        let server = try #require(configuration.servers.first)
        #expect(server.initialState == .barred)
        #expect(server.address.port == port)
        #expect(
            configuration.warnings == [
                "test.lua:1: newServer a: \(what) is not supported yet: it stays down, because it"
                    + " would get its queries in another form than it expects"
            ])
    }

    @Test func emptyTLSIsNone() throws {
        let plain = try server("tls='', subjectName='x', validateCertificates=false")
        #expect(plain.initialState == .auto)
        #expect(plain.address.port == 53)
    }

    @Test(arguments: [
        "tcpOnly", "reconnectOnUp", "disableZeroScope", "addXPF",
        "maxConcurrentTCPConnections", "maxInFlight", "autoUpgrade",
    ])
    func keysWithoutEffectSayWhatHappensInstead(_ key: String) throws {
        let warnings = try Fixture.configuration(
            """
            newServer{address='192.0.2.1', \(key)=true}
            newServer{address='192.0.2.2', \(key)=true}
            newServer{address='192.0.2.3', \(key)=false}
            """
        ).warnings
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.hasPrefix(
                "test.lua:1: newServer: \(key): accepted without effect: ") == true)
    }

    @Test(arguments: [
        ("newServer{adress='192.0.2.1'}", "newServer: address is missing; is it 'adress'"),
        ("newServer{name='a'}", "newServer: address is missing"),
        ("newServer{address='192.0.2'}", "newServer: address '192.0.2' is not an address"),
        ("newServer{address='192.0.2.1', weight=0}", "newServer: weight must be from 1 to"),
        ("newServer{address='192.0.2.1', healthCheckMode='lasy'}", "did you mean 'lazy'?"),
        ("newServer{address='192.0.2.1', lazyHealthCheckThreshold=101}", "from 0 to 100"),
        ("newServer{address='192.0.2.1', checkFunction='f'}", "checkFunction must be a function"),
        ("rmServer(0)", "rmServer: there is no server 0"),
        ("newServer('192.0.2.1') getServer(1)", "getServer: there is no server 1 (they are"),
        ("newServer{address='192.0.2.1', name='dns1'} getServer('dns2')", "did you mean 'dns1'?"),
    ])
    func whatCannotBeMeantIsRefused(_ text: String, _ message: String) {
        let refusal = Fixture.refusal("\n" + text)
        #expect(refusal.hasPrefix("test.lua:2: "))
        #expect(refusal.contains(message), "\(refusal)")
    }

    /// dnsdist sorts its servers by `order` whenever one is added.
    @Test func serversAreCountedByOrder() throws {
        _ = try Fixture.configuration(
            """
            local c = newServer{address="192.0.2.3", order=3, id="u-3"}
            local a = newServer{address="192.0.2.1", order=1}
            local b = newServer{address="192.0.2.2", name="b"}
            assert(getServer(0) == a and getServer(1) == b and getServer(2) == c)
            assert(getServer("u-3") == c and getServer("192.0.2.2:53") == b)
            local all = getServers()
            assert(#all == 3 and all[1] == a and all[3] == c)
            assert(getPoolServers("")[1] == a)
            """)
    }

    @Test(arguments: ["0", "'u'", "'a'", "s"])
    func removedServersAreNoMore(_ which: String) throws {
        let configuration = try Fixture.configuration(
            """
            local s = newServer{address="192.0.2.1", name="a", id="u"}
            rmServer(\(which))
            local t = newServer{address="192.0.2.1", name="a"}
            assert(#getServers() == 1 and getServer(0) == t and #getPoolServers("") == 1)
            """)
        #expect(configuration.servers.map(\.identity) == ["a (removed #1)", "a"])
        #expect(configuration.servers.map(\.initialState) == [.barred, .auto])
        #expect(configuration.servers.map(\.pools) == [[], [""]])
    }

    @Test func poolsAreObjects() throws {
        let configuration = try Fixture.configuration(
            """
            assert(getPool("new"):getECS() == false and getPool("new"):getCache() == nil)
            getPool("new"):setECS(true)
            assert(getPool("new"):getECS() == true)
            getPool(""):setCache(nil)
            getPool(""):unsetCache()
            """)
        #expect(configuration.pools.map(\.name) == ["", "new"])
        #expect(configuration.pools.map(\.usesClientSubnet) == [false, true])
        #expect(configuration.warnings.isEmpty)
    }

    @Test func poolsRefuseWhatIsNoCache() {
        #expect(
            Fixture.refusal("getPool(''):setCache('x')")
                == "test.lua:1: setCache: cache must be a packet cache, not 'x'")
    }

    /// What a file does to its servers while it is read must work in every VM that reads it.
    @Test func planesReadWhatControlReads() throws {
        let generation = try Fixture.build(
            """
            local a = newServer{address="192.0.2.1", name="a", order=2, weight=5}
            local b = newServer("192.0.2.2")
            a:addPool("x") a:rmPool("") a:setQPS(5) a:setDown() b:setAuto(true) a.weight = 7
            assert(a.name == "a" and a.order == 2 and a.weight == 7 and a.upStatus == false)
            assert(#getPoolServers("x") == 1 and getPoolServers("")[1] == b)
            assert(getServer(0) == b and getServer("a") == a and a:getName() == "a")
            rmServer(b)
            assert(#getServers() == 1)
            local p = getPool("x")
            p:setECS(false)
            setServerPolicyLua("mine", function(servers, dq) return servers[1] end)
            """, mode: .run)
        defer { generation.plane?.close() }
        #expect(generation.plane != nil)
        let servers = generation.configuration.servers
        #expect(servers.map(\.pools) == [["x"], []])
        #expect(servers.map(\.queriesPerSecondMax) == [5, 0])
        #expect(servers.map(\.weight) == [7, 1])
        #expect(servers.map(\.initialState) == [.down, .barred])
    }
}
