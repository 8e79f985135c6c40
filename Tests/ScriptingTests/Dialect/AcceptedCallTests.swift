// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Scripting

/// Would catch: a call of dnsdist's whose effect we have not and which is an error, is taken in
/// silence, or says something else than what happens instead.
@Suite struct AcceptedCallTests {
    private static let console = "the control socket is a local one"

    @Test(arguments: [
        ("controlSocket('127.0.0.1:5199')", "\(console) (pharos --control)"),
        ("setKey('c2VjcmV0')", "\(console) and needs no key"),
        ("setConsoleACL({'127.0.0.1/32', '::1/128'})", "\(console); its file mode decides"),
        ("setSecurityPollSuffix('')", "nothing is polled"),
        ("setVerbose(true)", "use pharos run -v"),
        ("setMaxTCPClientThreads(20)", "one event loop serves TCP"),
        (
            "setStructuredLogging(true, {levelPrefix='prio', timeFormat='ISO8601'})",
            "use pharos run --log-format json"
        ),
        ("generateDNSCryptProviderKeys('/p', '/s')", "nothing is written"),
        (
            "generateDNSCryptCertificate('/s', '/c', '/k', 0, 0, 0, DNSCryptExchangeVersion.VERSION2)",
            "nothing is written"
        ),
    ])
    func isTakenWithOneWarningThatSaysWhatHappensInstead(
        _ call: String, _ instead: String
    ) throws {
        let name = call.prefix { $0 != "(" }
        let configuration = try Fixture.configuration("\(call)\n\(call)")
        #expect(
            configuration.warnings == ["test.lua:1: \(name): accepted without effect: \(instead)"])
        #expect(configuration.servers.isEmpty && configuration.listeners == nil)
    }

    /// The listener is warned of once; its options are not warned of again.
    @Test(arguments: [
        "addTLSLocal('192.0.2.1', 'c', 'k', {reusePort=true, doTCP=true, minTLSVersion='tls1.2',"
            + " provider='openssl', tcpFastOpenQueueSize=64, ciphers='x'})",
        "addDOHLocal('192.0.2.1', 'c', 'k', {'/dns-query', '/'}, {reusePort=true, doTCP=true,"
            + " minTLSVersion='tls1.2', tcpFastOpenSize=64, customResponseHeaders={['x']='y'}})",
        "addDOQLocal('192.0.2.1', 'c', 'k', {reusePort=true, congestionControlAlgo='bbr'})",
        "addDOH3Local('192.0.2.1', 'c', 'k', {reusePort=true})",
    ])
    func optionsOfListenersThatAreNotOpenedCostNoMoreWords(_ call: String) throws {
        let configuration = try Fixture.configuration(call)
        #expect(configuration.listeners == nil)
        #expect(configuration.warnings.count == 1, "\(configuration.warnings)")
    }

    /// What makes a logger is warned of by its address; what would write to it, by its own name.
    @Test func loggersCanBeMadeAndGivenToActions() throws {
        let configuration = try Fixture.configuration(
            """
            local unix = newFrameStreamUnixLogger("/run/dnstap.sock")
            local tcp = newFrameStreamTcpLogger("192.0.2.9:6000")
            addAction(AllRule(), DnstapLogAction("me", unix))
            addResponseAction(AllRule(), DnstapLogResponseAction("me", tcp))
            """)
        #expect(configuration.rules.map(\.action) == [.none])
        #expect(configuration.responseRules.map(\.action) == [.none])
        let subjects = configuration.warnings.map { $0.split(separator: ":")[2] }
        #expect(
            subjects == [
                " newFrameStreamUnixLogger /run/dnstap.sock", " newFrameStreamTcpLogger 192.0.2.9",
                " DnstapLogAction", " DnstapLogResponseAction",
            ])
    }
}
