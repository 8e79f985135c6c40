// SPDX-License-Identifier: Apache-2.0

import Declarations
import Foundation
import Testing

@testable import Scripting

/// Would catch: a name of any era of dnsdist's that a whole file needs and that is gone, a warning
/// that comes where nothing is amiss, and one that does not come where something is.
///
/// The files are ours, in the style of public ones (research/dialects.md §2).
@Suite struct CorpusTests {
    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        let servers: Int
        let rules: Int
        let pools: [String]
        /// What the warnings are about, in order.
        let warnings: [String]

        var testDescription: String { name }
    }

    private static let files = [
        File(
            name: "smart-dns", servers: 3, rules: 4, pools: ["", "plain"],
            warnings: [
                "addDOHLocal 0.0.0.0:443", "addTLSLocal 0.0.0.0:853", "setSecurityPollSuffix",
                "newServer Cloudflare 2",
            ]),
        File(
            name: "doh-front", servers: 3, rules: 4, pools: ["", "private"],
            warnings: [
                "controlSocket", "setKey", "setConsoleACL", "addTLSLocal 0.0.0.0:853",
                "addTLSLocal [::]:853", "addDOHLocal 0.0.0.0:443", "addDOHLocal [::]:443",
                "addDOQLocal 0.0.0.0:853", "addDOH3Local 0.0.0.0:443", "newDOHResponseMapEntry",
                "getDOHFrontend", "newServer quad9", "newServer 8.8.8.8:443", "HTTPPathRule",
            ]),
        File(
            name: "isp-resolver", servers: 4, rules: 7, pools: ["", "bulk", "filtered"],
            warnings: [
                "setMaxTCPClientThreads",
                "setCacheCleaningDelay", "setCacheCleaningPercentage",
                "newPacketCache: deferrableInsertLock", "newPacketCache: numberOfShards",
            ]),
        File(
            name: "legacy-1.1", servers: 4, rules: 24, pools: ["", "abuse", "slow"],
            warnings: [
                "MacAddrAction", "controlSocket",
            ]),
        File(name: "blocklist", servers: 1, rules: 3, pools: [""], warnings: []),
        File(name: "maintenance", servers: 3, rules: 0, pools: [""], warnings: []),
        File(
            name: "views", servers: 4, rules: 13, pools: ["", "inside", "outside"],
            warnings: []),
        File(
            name: "authoritative", servers: 3, rules: 11, pools: ["", "primary"],
            warnings: [
                "newServer: reconnectOnUp", "newServer: maxConcurrentTCPConnections",
            ]),
        File(
            name: "checks", servers: 6, rules: 1, pools: ["", "again"], warnings: ["setVerbose"]),
        File(
            name: "store", servers: 1, rules: 5, pools: [""],
            warnings: [
                "setStructuredLogging", "newFrameStreamUnixLogger /run/dnstap.sock",
                "newFrameStreamTcpLogger 192.0.2.9:6000", "newRemoteLogger 192.0.2.9:5300",
                "DnstapLogAction", "DnstapLogResponseAction", "RemoteLogAction",
                "RemoteLogResponseAction",
            ]),
        File(
            name: "dnscrypt", servers: 1, rules: 0, pools: [""],
            warnings: [
                "generateDNSCryptProviderKeys", "generateDNSCryptCertificate",
                "addDNSCryptBind 0.0.0.0:8443", "addCapabilitiesToRetain", "setSyslogFacility",
            ]),
        File(
            name: "tiered", servers: 4, rules: 2, pools: ["", "strict", "first"], warnings: []),
        File(
            name: "home-1.5", servers: 2, rules: 3, pools: [""],
            warnings: [
                "addTLSLocal 0.0.0.0:853", "addDOHLocal 0.0.0.0:443", "controlSocket", "setKey",
                "webserver: customHeaders", "setSecurityPollSuffix",
                "setMaxTCPClientThreads", "setTCPUseSinglePipe",
            ]),
        File(
            name: "front-1.9", servers: 2, rules: 8, pools: ["", "auth"],
            warnings: [
                "setLocal: maxConcurrentTCPConnections", "setVerbose", "setStructuredLogging",
                "setPayloadSizeOnSelfGeneratedAnswers", "setAddEDNSToSelfGeneratedResponses",
                "setDropEmptyQueries", "setTCPFastOpenKey", "setMaxTCPConnectionsRatePerClient",
                "setUDPSocketBufferSizes", "newServer: maxInFlight", "SetEDNSOptionAction",
                "SetMaxReturnedTTLResponseAction",
            ]),
        File(name: "script-2.0", servers: 3, rules: 2, pools: ["", "spare"], warnings: []),
    ]

    /// `validate` evaluates for control, and for a plane when something runs for each query; `run`
    /// once more for each thread.
    @Test(arguments: files, [ScriptMode.validate, .run])
    func loadsWithTheExpectedWarningsOnly(_ file: File, _ mode: ScriptMode) throws {
        let path = "\(Fixture.folder)/Fixtures/dialect/\(file.name).conf"
        let generation = try ScriptBuilder.build(
            path: path, nodeName: "node1", mode: mode, planeThreads: 2)
        defer {
            generation.plane?.close()
            generation.close()
        }
        let configuration = generation.configuration
        #expect(configuration.warnings.map(Self.subject) == file.warnings)
        #expect(configuration.servers.count == file.servers)
        #expect(configuration.rules.count == file.rules)
        #expect(configuration.pools.map(\.name) == file.pools)
        #expect((generation.plane != nil) == (mode == .run && configuration.needsPlaneScripts))
    }

    /// `FILE:LINE: SUBJECT: words` without the rest.
    private static func subject(_ warning: String) -> String {
        let place = warning.prefix { $0 != " " }
        let words = warning.dropFirst(place.count + 1)
        for end in [": accepted without effect", ": encryption is", ": the answer has"] {
            if let range = words.range(of: end) { return String(words[..<range.lowerBound]) }
        }
        return String(words)
    }
}
