// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a setter of dnsdist that is lost, a bound that is not kept, an access list or a
/// password that is read and not meant, a listener that is not there and not told of.
@Suite struct SettingTests {
    @Test func limitsAreDeclared() throws {
        let configuration = try Fixture.configuration(
            """
            setMaxTCPConnectionsPerClient(20) setMaxTCPQueriesPerConnection("50")
            setMaxTCPConnectionDuration(60) setTCPRecvTimeout(5) setTCPSendTimeout(7)
            setMaxUDPOutstanding(1024) setStaleCacheEntriesTTL(120) setMaxUDPQueueDelay(40)
            truncateTC(true)
            """)
        var streams = StreamDeclaration()
        streams.connectionsPerClientMax = 20
        streams.queriesPerConnectionMax = 50
        streams.connectionSecondsMax = 60
        streams.receiveSeconds = 5
        streams.sendSeconds = 7
        #expect(configuration.streams == streams)
        #expect(configuration.udpOutstandingMax == 1_024)
        #expect(configuration.udpQueueDelayMilliseconds == 40)
        #expect(configuration.staleCacheEntriesTTL == 120)
        #expect(configuration.stripsTruncatedAnswers)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func noughtIsNoLimit() throws {
        let streams = try Fixture.configuration(
            """
            setMaxTCPConnectionsPerClient(0) setMaxTCPQueriesPerConnection(0)
            setMaxTCPConnectionDuration(0)
            """
        ).streams
        #expect(streams.connectionsPerClientMax == 65_536)
        #expect(streams.queriesPerConnectionMax == nil)
        #expect(streams.connectionSecondsMax == nil)
    }

    @Test(arguments: [
        ("setTCPRecvTimeout(0)", "setTCPRecvTimeout: timeout must be from 1 to 300"),
        ("setTCPSendTimeout(301)", "setTCPSendTimeout: timeout must be from 1 to 300"),
        ("setMaxUDPOutstanding(70000)", "setMaxUDPOutstanding: number must be from 1 to 65535"),
        ("setMaxUDPQueueDelay(0)", "setMaxUDPQueueDelay: milliseconds must be from 1 to 2000"),
        ("setMaxTCPConnectionsPerClient(-1)", "max must be from 0 to 65536"),
        ("setMaxTCPConnectionDuration('x')", "max must be a whole number, not 'x'"),
        ("truncateTC(1)", "truncateTC: value must be true or false"),
        ("setECSSourcePrefixV4(33)", "setECSSourcePrefixV4: prefix must be from 0 to 32"),
    ])
    func boundsAreKept(_ call: String, _ message: String) {
        let refusal = Fixture.refusal("\n" + call)
        #expect(refusal.hasPrefix("test.lua:2: "))
        #expect(refusal.contains(message), "\(refusal)")
    }

    @Test func whatServersAreToldOfClientsIsDeclared() throws {
        let configuration = try Fixture.configuration(
            """
            setECSSourcePrefixV4(20) setECSSourcePrefixV6("48") setECSOverride(true)
            newServer{address="192.0.2.1", useClientSubnet=true} newServer("192.0.2.2")
            """)
        #expect(configuration.clientSubnet.bitsV4 == 20)
        #expect(configuration.clientSubnet.bitsV6 == 48)
        #expect(configuration.clientSubnet.overrides)
        #expect(configuration.servers.map(\.usesClientSubnet) == [true, false])
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: ["fixupCase(true)"])
    func whatWeHaveNotIsSaidOnce(_ call: String) throws {
        let warnings = try Fixture.configuration("\(call)\n\(call)").warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("accepted without effect: ") == true)
    }

    // MARK: Access lists

    @Test func exactlyWhatWasAddedIsRemoved() throws {
        let configuration = try Fixture.configuration(
            """
            setACL({"192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24"})
            rmACL("192.0.2.0/24") rmACL("198.51.100.7")
            """)
        #expect(configuration.acl.map(\.description) == ["2001:db8::/32", "198.51.100.0/24"])
        #expect(
            configuration.warnings == ["test.lua:2: rmACL: 198.51.100.7/32 is not in the ACL"])
    }

    @Test func accessListsAreReadFromFiles() throws {
        let path = "/tmp/pharos-acl-\(UInt32.random(in: .min ... .max))"
        defer { _ = try? EnvironmentHooks.system.execute("rm -f \(path)") }
        _ = try EnvironmentHooks.system.execute(
            "printf '# ours\\n192.0.2.0/24\\n\\n 2001:db8::1 \\n' > \(path)")
        #expect(
            try Fixture.configuration("setACLFromFile('\(path)')").acl.map(\.description) == [
                "192.0.2.0/24", "2001:db8::1/128",
            ])
        _ = try EnvironmentHooks.system.execute("printf '192.0.2.0/24\\nx\\n' > \(path)")
        #expect(
            Fixture.refusal("setACLFromFile('\(path)')")
                == "test.lua:1: setACLFromFile: \(path):2: 'x' is not a prefix")
        #expect(Fixture.refusal("setACLFromFile('/none')").contains("/none"))
    }

    // MARK: Listeners

    @Test func optionsOfListenersSayWhatHappensInstead() throws {
        let configuration = try Fixture.configuration(
            """
            setLocal("0.0.0.0", {doTCP=true, reusePort=true, tcpFastOpenQueueSize=64, cpus={0}})
            addLocal("0.0.0.0:53", {reusePort=true})
            addLocal("::0", {maxInFlight=100}) addLocal("[::1]:5300", true, true)
            """)
        #expect(
            configuration.listeners?.map(\.endpoint.description) == [
                "0.0.0.0:53", "[::]:53", "[::1]:5300",
            ])
        #expect(configuration.warnings.count == 2)
    }

    @Test(arguments: [
        ("addTLSLocal('192.0.2.1', 'cert', 'key')", "addTLSLocal 192.0.2.1:853", "DNS over TLS"),
        (
            "addDOHLocal('[::1]', {'c'}, {'k'}, '/dns-query', {reusePort=true})",
            "addDOHLocal [::1]:443", "DNS over HTTPS"
        ),
        ("addDOH3Local('192.0.2.1:8443', 'c', 'k')", "addDOH3Local 192.0.2.1:8443", "HTTP/3"),
        ("addDOQLocal('192.0.2.1', 'c', 'k')", "addDOQLocal 192.0.2.1:853", "DNS over QUIC"),
        (
            "addDNSCryptBind('192.0.2.1:8443', 'p', 'c', 'k')",
            "addDNSCryptBind 192.0.2.1:8443", "DNSCrypt"
        ),
    ])
    func encryptedListenersAreNamedOnceAnAddress(
        _ call: String, _ what: String, _ transport: String
    ) throws {
        let configuration = try Fixture.configuration("\(call) \(call)")
        #expect(configuration.listeners == nil)
        #expect(configuration.warnings.count == 1)
        let warning = configuration.warnings.first ?? ""
        #expect(warning.hasPrefix("test.lua:1: \(what): accepted without effect: "))
        #expect(warning.contains(transport) && warning.hasSuffix("nothing listens there"))
    }

    @Test func objectsOfListenersTakeTheirMethods() throws {
        let configuration = try Fixture.configuration(
            """
            addDOHLocal("127.0.0.1:8443")
            local map = {newDOHResponseMapEntry("^/robots.txt$", 200, "none")}
            getDOHFrontend(0):setResponsesMap(map)
            getTLSFrontend(0):loadNewCertificatesAndKeys("c", "k")
            function maintenance() getDNSCryptBind(0):loadNewCertificate("c", "k") end
            """)
        #expect(configuration.warnings.count == 4)
    }

    // MARK: The web server

    @Test(arguments: [
        "webserver('127.0.0.1:8083', 'secret', 'key', {}, '192.0.2.0/24, ::1')",
        """
        webserver('127.0.0.1:8083')
        setWebserverConfig({password='secret', apiKey='key', acl='192.0.2.0/24,::1'})
        """,
        """
        setWebserverConfig{password='old', apiKey='key', acl={'192.0.2.0/24', '::1'}}
        setWebserverConfig{password='secret'}
        webserver('127.0.0.1:8083')
        """,
    ])
    func everyFormOfTheWebServersKeysIsRead(_ text: String) throws {
        let configuration = try Fixture.configuration(text)
        #expect(configuration.webserver?.description == "127.0.0.1:8083")
        let access = configuration.webserverAccess
        #expect(access.password == "secret")
        #expect(access.apiKey == "key")
        #expect(access.requiresAuthentication)
        #expect(access.acl.map(\.description) == ["192.0.2.0/24", "::1/128"])
    }

    @Test func theWebServerIsForThisHostUnlessTold() throws {
        let access = try Fixture.configuration("webserver('0.0.0.0:8083')").webserverAccess
        #expect(access.acl.map(\.description) == ["127.0.0.1/32", "::1/128"])
        #expect(access.password == nil && access.apiKey == nil)
    }

    @Test func keysOfTheWebServerThatDoNothingAreTold() throws {
        let warnings = try Fixture.configuration(
            """
            setWebserverConfig{statsRequireAuthentication=false, dashboardRequiresAuthentication=true,
              apiRequiresAuthentication=true, hashPlaintextCredentials=true, pasword="x"}
            """
        ).warnings
        #expect(warnings.count == 4)
        #expect(warnings.contains { $0.hasSuffix("did you mean 'password'?") })
    }

    /// Symptom: it gave "", and the pages were open to whom the access list lets in.
    @Test func aPasswordThatTheFileHashesIsAskedFor() throws {
        let configuration = try Fixture.configuration(
            "setWebserverConfig({password=hashPassword('secret'), acl='0.0.0.0/0'})")
        #expect(configuration.webserverAccess.password == "secret")
        #expect(configuration.warnings.isEmpty)
    }

    @Test func hashedCredentialsAreToldToOpenNothing() throws {
        let warnings = try Fixture.configuration(
            "setWebserverConfig{password='$scrypt$ln=10,p=1,r=8$c2FsdA==$aGFzaA=='}"
        ).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("nobody's password opens the pages") == true)
    }

    @Test func aWrongAccessListIsRefused() {
        #expect(
            Fixture.refusal("setWebserverConfig{acl='127.0.0.1, x'}").contains(
                "setWebserverConfig: acl 'x' is not a prefix"))
        #expect(Fixture.refusal("setWebserverConfig{acl=true}").contains("acl must be netmasks"))
    }

    // MARK: Hosts

    @Test func addressesOfHostsAreLookedUpOnceAndCalledBackAfterTheFile() throws {
        let generation = try Fixture.build(
            """
            local names = {}
            getAddressInfo("localhost", function(host, addresses)
              assert(host == "localhost" and later and #addresses > 0)
              names[#names + 1] = addresses[1]:toString()
              newServer{address = addresses[1]:toString(), name = host}
              getAddressInfo("none.invalid", function(_, none)
                assert(#none == 0)
                newServer{address = "192.0.2.1", name = "after"}
              end)
            end)
            later = true
            setServerPolicyLua("mine", function(servers) return servers[#names] end)
            """, mode: .run)
        defer { generation.plane?.close() }
        let servers = generation.configuration.servers
        #expect(servers.map(\.name) == ["localhost", "after"])
        #expect(servers.first?.address.address.isLoopback == true)
        #expect(generation.plane != nil)
    }

    @Test func aCallbackThatFailsIsAFaultOfTheFile() {
        let refusal = Fixture.refusal(
            """
            getAddressInfo("localhost", function()
              newServer{adress = "192.0.2.1"}
            end)
            """)
        #expect(refusal.hasPrefix("test.lua:2: newServer: address is missing"), "\(refusal)")
    }
}
