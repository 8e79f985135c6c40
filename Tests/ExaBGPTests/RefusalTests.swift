// SPDX-License-Identifier: Apache-2.0

import Declarations
import ExaBGP
import Testing

/// What is refused, and with which line. Would catch a fault that an operator cannot find.
struct RefusalTests {
    /// The faults of a configuration: line and words of the message.
    private func faults(_ text: String) -> [ExaBGPFault] {
        do throws(ExaBGPRefusal) {
            _ = try ExaBGPConfiguration(text, file: "exabgp.conf")
            return []
        } catch {
            return error.faults
        }
    }

    private static let head =
        "neighbor 192.0.2.1 {\nlocal-address 192.0.2.10;\nlocal-as 65101;\npeer-as 65100;\n"

    /// What stands on line 5 of a neighbour that is right otherwise, and what is said of it.
    @Test(arguments: [
        ("hold-time 2;", "give 0, or 3 and more"),
        ("hold-time ten;", "hold-time 'ten' is not a number from 0 to 65535"),
        ("hold-time;", "'hold-time' has no value"),
        ("hold-tiem 9;", "did you mean 'hold-time'?"),
        ("peer-as 0;", "not an AS number"),
        ("peer-as 70000.1;", "not an AS number"),
        ("router-id 2001:db8::1;", "router-id '2001:db8::1' is not an IPv4 address"),
        ("local-address 192.0.2;", "is not an address"),
        ("passive maybe;", "neither enable nor disable"),
        ("passive true false;", "'false' is not expected here"),
        ("listen 70000;", "a number from 1 to 65535"),
        ("outgoing-ttl 256;", "a number from 0 to 255"),
        ("graceful-restart 5000;", "a number from 0 to 4095"),
        ("md5-password a; md5-base64 true;", "is not base64"),
        ("inherit nothing;", "there is no template 'nothing'"),
        ("family { ipv4 flow; }", "ipv4 flow is out of scope (flow specification)"),
        ("family { ipv4 mpls-vpn; }", "out of scope (VPN routes)"),
        ("family { l2vpn vpls; }", "'l2vpn' is out of scope (layer 2 VPNs)"),
        ("family { ipv5 unicast; }", "did you mean 'ipv4'?"),
        ("family { ipv4 unicats; }", "did you mean 'unicast'?"),
        ("flow { route { } }", "'flow' is out of scope (flow specification)"),
        ("l2vpn { vpls x; }", "'l2vpn' is out of scope"),
        ("tcp-ao { keyid 1; }", "'tcp-ao' is out of scope (TCP-AO)"),
        ("operational { }", "'operational' is out of scope"),
        ("announce { ipv4 { flow x; } }", "'flow' is out of scope"),
        ("announce { ipv6 { unicast 192.0.2.1 next-hop self; } }", "move it to its own family"),
        ("static { route 192.0.2.1/24 next-hop self; }", "host bits set; write 192.0.2.0/24"),
        ("static { route xxxx:53::1/128 next-hop self; }", "is not a prefix"),
        ("static { route 192.0.2.0/33 next-hop self; }", "a number up to 32"),
        ("static { route 192.0.2.1; }", "has no next-hop"),
        ("static { route 192.0.2.1 next-hop self rd 1:1; }", "'rd' is out of scope (VPN routes)"),
        ("static { route 192.0.2.1 next-hop self label 3; }", "out of scope (MPLS labels)"),
        ("static { route 192.0.2.1 next-hop self metric 3; }", "'metric' is no attribute"),
        ("static { route 192.0.2.1 next-hop self meds 3; }", "did you mean 'med'?"),
        ("static { route 192.0.2.1 next-hop self med -1; }", "med '-1' is not a number"),
        ("static { route 192.0.2.1 next-hop self med 4294967296; }", "from 0 to 4294967295"),
        ("static { route 192.0.2.1 next-hop self origin any; }", "not igp, egp or incomplete"),
        ("static { route 192.0.2.1 next-hop self community 65536:1; }", "community '65536:1'"),
        ("static { route 192.0.2.1 next-hop self community [ 1:1; }", "is not closed; add ']'"),
        ("static { route 192.0.2.1 next-hop self large-community 1:2; }", "is not like"),
        ("static { route 192.0.2.1 next-hop self extended-community redirect:1:1; }", "scope"),
        ("static { route 192.0.2.1 next-hop self extended-community 0x00; }", "is not like"),
        ("static { route 192.0.2.1 next-hop self as-path [ 1 x ]; }", "'x' is not an AS number"),
        ("static { route 192.0.2.1 next-hop self as-path [ 1 ( 2 ]; }", "']' is not an AS"),
        ("static { route 192.0.2.1 next-hop self aggregator (x); }", "is not like ( 65000"),
        ("static { route 192.0.2.1 next-hop self cluster-list [ ]; }", "cluster-list is empty"),
        ("static { route 192.0.2.1 next-hop self attribute [ 1 2 3 ]; }", "is not like [ 0x20"),
        ("static { route 192.0.2.1 next-hop self watchdog withdraw; }", "cannot be named"),
        ("static { route 10.0.0.0/8 next-hop self split /30; }", "split less"),
        ("static { route 10.0.0.0/8 next-hop self split /40; }", "longer than /32"),
        ("static { attributes next-hop self; }", "names no prefix"),
        ("static { attributes next-hop self nlri; }", "'nlri' has no value"),
        ("static { routes 192.0.2.1; }", "did you mean 'route'?"),
        ("api { process x; }", "did you mean 'processes'?"),
        ("api { receive { parse; } }", "did you mean 'parsed'?"),
        ("capability { add-path both; }", "is not disable, send, receive or send/receive"),
        ("capability { bgp-role x; }", "'bgp-role' does not belong in capability"),
        ("process a { encoder text; }", "has no 'run'"),
        ("process a { run x; encoder xml; }", "neither text nor json"),
        ("family ipv4;", "'family' needs a block"),
        ("hold-time { }", "'hold-time' takes no '{'"),
        ("nexthop { ipv4 unicast ipv5; }", "is not ipv4 or ipv6"),
        ("{ }", "'{' has no word before it"),
    ])
    func aFaultInANeighborIsToldWithItsLine(_ line: String, _ words: String) {
        let faults = faults(Self.head + line + "\n}\n")
        #expect(faults.count == 1)
        #expect(faults.first?.location.line == 5)
        #expect(faults.first?.message.contains(words) == true, "\(faults)")
        #expect(faults.first?.message.contains("\n") == false)
    }

    @Test(arguments: [
        ("neighbor 192.0.2.1 {\n", 1, "never closed"),
        ("\n}\n", 2, "'}' closes nothing"),
        ("neighbor 192.0.2.1 {\nlocal-as 1\n}\n", 2, "';' is missing after '1'"),
        ("neighbor 192.0.2.1 {\nlocal-as 1\npeer-as 2;\n}\n", 2, "';' is missing after '1'"),
        ("neighbor 192.0.2.1 {\nlocal-as 1\nfamily { all; }\n}", 2, "';' is missing after '1'"),
        ("process a { run x\n}", 1, "';' is missing after 'x'"),
        ("neighbour 192.0.2.1 { }", 1, "did you mean 'neighbor'?"),
        ("neighbor dns { }", 1, "neighbor 'dns' is not an address"),
        ("neighbor 192.0.2.1/24 { }", 1, "host bits"),
        ("neighbor { }", 1, "'neighbor' has no name"),
        ("neighbor 192.0.2.1 x { }", 1, "too many words"),
        ("neighbor 192.0.2.1;", 1, "says nothing"),
        ("group a {\nlocal-as 1;\n}", 1, "the group has no neighbor"),
        ("template {\nneighbor a { }\nneighbor a { }\n}", 3, "there is a template 'a' already"),
        ("template { neighbor a {\nhold-time 1;\n} }", 2, "give 0, or 3 and more"),
        ("process a { run x; }\nprocess a { run y; }", 2, "there is a process 'a' already"),
        ("neighbor 192.0.2.1 { }", 1, "has no local-address"),
        ("neighbor 192.0.2.1 { local-address auto; }", 1, "has no local-as"),
        ("neighbor 192.0.2.1 { local-address auto; local-as 1; }", 1, "has no peer-as"),
        (
            "neighbor 192.0.2.1 { local-address auto; local-as 1; peer-as 1; }", 1,
            "has no router-id"
        ),
        (
            "neighbor 192.0.2.1 { local-address ::1; local-as 1; peer-as 1; }", 1,
            "not of the same family"
        ),
        (
            "neighbor 192.0.2.0/24 { local-address 192.0.2.1; local-as 1; peer-as 1; }", 1,
            "must be passive"
        ),
        ("env {\nhold-time 1;\n}", 1, "'env' does not belong in the file"),
        ("l2vpn { }", 1, "'l2vpn' is out of scope"),
        (
            "template { neighbor a { inherit a; local-as 1; } }\nneighbor 192.0.2.1 { inherit a; }",
            1, "inherits itself"
        ),
    ])
    func aFaultOfTheFileIsToldWithItsLine(_ text: String, _ line: Int, _ words: String) {
        let faults = faults(text)
        #expect(
            faults.contains { $0.location.line == line && $0.message.contains(words) }, "\(faults)")
    }

    @Test func everyFaultOfAFileIsToldOnceAndInOrder() {
        let faults = faults(
            """
            group g {
              hold-time 1;
              neighbor 192.0.2.1 { local-address 192.0.2.10; local-as 1; peer-as x; }
              neighbor 192.0.2.2 { local-address 192.0.2.10; local-as 1; peer-as 2; med 1; }
            }
            flow { }
            """)
        #expect(faults.map(\.location.line).starts(with: [2, 3]))
        #expect(faults.map(\.location.line).last == 6)
        #expect(faults.filter { $0.location.line == 2 }.count == 1)
    }

    @Test func aRouteOfAFamilyThatIsNotOfferedIsRefusedAtItsLine() {
        let faults = faults(
            Self.head + "family { ipv4 unicast; }\n"
                + "static {\nroute 2001:db8::1 next-hop 2001:db8::2;\n}\n}")
        #expect(faults.map(\.location.line) == [7])
        #expect(faults.first?.message.contains("add 'ipv6 unicast;'") == true)
    }

    @Test func aProcessThatIsNotThereIsNamed() {
        let faults = faults(
            "process watch { run x; }\n" + Self.head + "api { processes [ wacth ]; }\n}")
        #expect(faults.map(\.location.line) == [2])
        #expect(faults.first?.message.contains("'wacth'") == true)
        #expect(faults.first?.message.contains("did you mean 'watch'?") == true)
    }

    @Test func theSameNeighborTwiceIsRefused() {
        let faults = faults(Self.head + "}\n" + Self.head + "}\n")
        #expect(faults.map(\.location.line) == [6])
        #expect(faults.first?.message.contains("exabgp.conf:1") == true)
    }

    @Test func aRouteThatIsNeverSentIsNoted() throws {
        let configuration = try ExaBGPConfiguration(
            Self.head + "family { ipv6 unicast; }\nstatic { route 192.0.2.9 next-hop self; }\n}",
            file: "exabgp.conf")
        #expect(configuration.notes.map(\.location.line) == [6])
    }

    @Test func aPasswordThatExaBGPTakesForBase64IsNoted() throws {
        let configuration = try ExaBGPConfiguration(
            Self.head + "md5-password deadbeef;\n}", file: "exabgp.conf")
        #expect(configuration.notes.first?.message.contains("md5-base64 false") == true)
        #expect(configuration.neighbors.first?.md5Key?.count == 6)
    }

    @Test func faultsHaveABound() {
        let many = String(repeating: "x y;\n", count: 1_000)
        #expect(faults(many).count == ExaBGPRefusal.faultsMax)
    }

    @Test func blocksWithinBlocksHaveABound() {
        let deep = String(repeating: "a {\n", count: 100_000)
        #expect(faults(deep).first?.message.contains("lie in one another") == true)
    }
}
