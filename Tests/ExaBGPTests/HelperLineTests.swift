// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import ExaBGP

/// The text API, of all versions. Would catch a command that scripts use and that means nothing here.
struct HelperLineTests {
    private func read(_ line: String) throws -> HelperRequest? {
        try HelperLineReader.read(line, helper: "helper test", number: 7)
    }

    private func routes(_ line: String) throws -> [String] {
        switch try read(line)?.command {
        case .announce(let routes): return routes.map { "+ " + Rendering.line($0) }
        case .withdraw(let routes): return routes.map { "- " + Rendering.line($0) }
        case let other: return ["\(String(describing: other))"]
        }
    }

    @Test(arguments: [
        (
            "announce route 192.0.2.53/32 next-hop 192.0.2.1 med 100",
            ["+ route 192.0.2.53/32 via 192.0.2.1 med 100"]
        ),
        ("announce route 192.0.2.53 next-hop self", ["+ route 192.0.2.53/32 via self"]),
        (
            "announce route 2001:db8::53/128 next-hop self community [65000:1 65001:2]",
            ["+ route 2001:db8::53/128 via self c 65000:1 65001:2"]
        ),
        (
            "announce\troute   192.0.2.53/32 next-hop self large-community [ 1:2:3 ]\r",
            ["+ route 192.0.2.53/32 via self lc 1:2:3"]
        ),
        (
            "announce attributes next-hop self med 5 nlri 192.0.2.1/32 192.0.2.2/32",
            ["+ route 192.0.2.1/32 via self med 5", "+ route 192.0.2.2/32 via self med 5"]
        ),
        (
            "announce ipv4 unicast 192.0.2.1/32 next-hop self",
            ["+ route 192.0.2.1/32 via self"]
        ),
        (
            "announce route 192.0.2.0/30 next-hop self split /31",
            ["+ route 192.0.2.0/31 via self", "+ route 192.0.2.2/31 via self"]
        ),
        ("withdraw route 192.0.2.53/32", ["- route 192.0.2.53/32"]),
        (
            "withdraw route 192.0.2.53/32 next-hop 0.0.0.0 med 9",
            ["- route 192.0.2.53/32 via 0.0.0.0 med 9"]
        ),
        (
            "withdraw attributes nlri 192.0.2.1 192.0.2.2",
            [
                "- route 192.0.2.1/32", "- route 192.0.2.2/32",
            ]
        ),
    ])
    func namesTheseRoutes(_ line: String, _ expected: [String]) throws {
        #expect(try routes(line) == expected)
    }

    @Test(arguments: [
        ("announce watchdog dns", HelperCommand.announceWatchdog("dns")),
        ("withdraw watchdog", .withdrawWatchdog(nil)),
        ("# only a comment", .nothing), ("announce eor ipv4 unicast", .nothing),
        ("flush adj-rib out", .nothing), ("clear adj-rib in", .nothing),
        ("clear adj-rib out", .clear), ("rib clear out", .clear),
        ("neighbor 192.0.2.1 teardown 6", .tearDown),
        ("show neighbor summary", .showNeighbors(isJSON: false, isSummary: true)),
        ("show neighbor json", .showNeighbors(isJSON: true, isSummary: false)),
        ("show adj-rib out extensive", .showRoutes(isExtensive: true)),
        ("rib show out", .showRoutes(isExtensive: false)),
        ("show adj-rib in", .showNothing), ("version", .version), ("system version", .version),
        ("help", .help), ("reload", .reload), ("daemon reload", .reload),
        ("enable-ack", .answers(.on)), ("session ack disable", .answers(.off)),
        ("silence-ack", .answers(.silent)),
    ])
    func meansThisCommand(_ line: String, _ expected: HelperCommand) throws {
        #expect(try read(line)?.command == expected)
    }

    @Test func anEmptyLineIsNoCommand() throws {
        #expect(try read("") == nil)
        #expect(try read("  \t ") == nil)
    }

    private static func neighbor(_ address: String, localAS: UInt32 = 65_001) throws
        -> NeighborDeclaration
    {
        NeighborDeclaration(
            key: NeighborKey(
                endpoint: Endpoint(address: try #require(IPAddress(address)), port: 179)),
            localAS: localAS, peerAS: 65_002, location: SourceLocation(file: "f", line: 1))
    }

    @Test(arguments: [
        ("announce route 192.0.2.9 next-hop self", []),
        ("neighbor 192.0.2.1 announce route 192.0.2.9 next-hop self", ["192.0.2.1"]),
        ("peer * announce route 192.0.2.9 next-hop self", ["192.0.2.1", "192.0.2.2"]),
        (
            "neighbor 192.0.2.1, neighbor 192.0.2.2 announce route 192.0.2.9 next-hop self",
            ["192.0.2.1", "192.0.2.2"]
        ),
        ("neighbor * local-as 65009 announce route 192.0.2.9 next-hop self", ["192.0.2.2"]),
        (
            "neighbor 192.0.2.1 local-ip 192.0.2.200 local-as 65001 peer-as 65002"
                + " router-id 10.0.0.1 family-allowed in-open withdraw route 192.0.2.9",
            ["192.0.2.1"]
        ),
        ("neighbor 192.0.2.1 router-id 10.0.0.2 withdraw route 192.0.2.9", []),
    ])
    func selectsTheseNeighbors(_ line: String, _ expected: [String]) throws {
        let request = try #require(try read(line))
        let neighbors = [
            try Self.neighbor("192.0.2.1"), try Self.neighbor("192.0.2.2", localAS: 65_009),
        ]
        let routerID = try #require(IPAddress("10.0.0.1")).v4Bits
        let chosen = neighbors.filter { neighbor in
            request.selectors.contains { $0.matches(neighbor, routerID: routerID) }
        }
        #expect(chosen.map { "\($0.key)" } == expected)
    }

    @Test(arguments: [
        ("announce flow route { match { } }", "no braces"),
        ("announce flow match", "'flow' is out of scope (flow specification)"),
        ("announce ipv4 mpls-vpn 192.0.2.1", "out of scope (VPN routes)"),
        ("announce ipv6 unicast 192.0.2.1 next-hop self", "192.0.2.1/32 is not ipv6"),
        ("announce route 192.0.2.53/32", "has no next-hop"),
        ("announce rout 192.0.2.53/32 next-hop self", "did you mean 'route'?"),
        ("anounce route 192.0.2.53/32 next-hop self", "did you mean 'announce'?"),
        ("neighbor here announce route 192.0.2.53 next-hop self", "is not an address, nor *"),
        ("neighbor 192.0.2.1, announce", "followed by another neighbor"),
        ("neighbor 192.0.2.1", "names no command"),
        ("shutdown", "may not shutdown"),
        ("announce route 192.0.2.53/32 next-hop self med ten", "med 'ten' is not a number"),
    ])
    func isRefusedWithItsNumber(_ line: String, _ words: String) throws {
        let fault = #expect(throws: ExaBGPFault.self) { try self.read(line) }
        #expect(fault?.message.contains(words) == true, "\(fault.map { "\($0)" } ?? "")")
        #expect(fault?.location.line == 7)
    }

    private static func dialogue(
        _ version: HelperDeclaration.Version, encoder: HelperDeclaration.Encoder = .text
    ) -> HelperDialogue {
        var helper = HelperDeclaration(
            name: "test", arguments: ["/bin/true"], location: SourceLocation(file: "f", line: 1))
        helper.version = version
        helper.acknowledges = version.acknowledges
        helper.encoder = encoder
        return HelperDialogue(
            helper,
            host: .init(name: "node1", processID: 12, parentID: 1, version: "0.1"))
    }

    @Test func answersAsItsVersionDoes() {
        var old = Self.dialogue(.three)
        #expect(old.done(.nothing) == "" && old.failed() == "")
        #expect(old.done(.answers(.on)) == "done\n")
        #expect(old.done(.nothing) == "done\n")
        var new = Self.dialogue(.five)
        #expect(new.done(.nothing) == "done\n" && new.failed() == "error\n")
        #expect(new.done(.help, lines: ["a", "b"]) == "a\nb\ndone\n")
        #expect(new.done(.answers(.off)) == "done\n")
        #expect(new.done(.nothing) == "" && new.failed() == "")
        #expect(new.done(.answers(.on)) == "done\n")
        #expect(new.done(.answers(.silent)) == "")
        #expect(new.done(.nothing) == "")
    }

    @Test func tellsOfSessionsInBothEncodings() throws {
        let neighbor = try Self.neighbor("192.0.2.1")
        var text = Self.dialogue(.four)
        let down = text.event(
            .down, neighbor: neighbor, localAddress: nil, reason: "hold timer expired",
            unixSeconds: 1)
        #expect(down == "neighbor 192.0.2.1 down - hold timer expired\n")
        var json = Self.dialogue(.four, encoder: .json)
        let up = json.event(
            .up, neighbor: neighbor, localAddress: IPAddress("192.0.2.9"), reason: "",
            unixSeconds: 1.5)
        #expect(
            up == #"{ "exabgp": "4.0.1", "time": 1.50, "host" : "node1", "pid" : 12, "ppid" : 1, "#
                + #""counter": 1, "type": "state", "neighbor": { "address": { "local": "#
                + #""192.0.2.9", "peer": "192.0.2.1" }, "asn": { "local": 65001, "peer": 65002 } "#
                + #", "state": "up"} }"# + "\n")
    }
}
