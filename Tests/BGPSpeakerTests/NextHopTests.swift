// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch a next hop that the neighbour cannot use, in either family over either.
struct NextHopTests {
    private let interfaces = InterfaceAddresses(
        entries: [
            ("lo", "127.0.0.1", 8), ("lo", "::1", 128),
            ("eth0", "10.0.0.1", 24), ("eth0", "2001:db8::1", 64), ("eth0", "fe80::1", 64),
            // A service address, which is below all others.
            ("eth0", "2001:db7::53", 128), ("eth0", "9.9.9.53", 32),
            // No IPv4.
            ("eth1", "2001:db8:1::1", 64), ("eth1", "fe80::2", 64),
            // No global address.
            ("eth2", "10.2.0.1", 24), ("eth2", "fe80::3", 64),
        ].compactMap { name, text, length in
            IPAddress(text).map {
                InterfaceAddresses.Entry(interface: name, address: $0, prefixLength: length)
            }
        })

    struct Case: Sendable, CustomTestStringConvertible {
        var prefix: String
        var local: String
        var neighbor: String?
        var mode = NextHopMode.automatic
        var canExtend = false
        var prefersExtended = false
        /// `nil` where it is refused.
        var expected: String?

        var testDescription: String {
            "\(prefix) from \(local) to \(neighbor ?? "afar"), \(mode.rawValue)"
        }
    }

    static let cases: [Case] = [
        // IPv6 over IPv6: the session's address, with the link's where it is shared.
        Case(
            prefix: "2001:db8:5::/48", local: "2001:db8::1", neighbor: "2001:db8::2",
            expected: "2001:db8::1 fe80::1"),
        Case(
            prefix: "2001:db8:5::/48", local: "2001:db8::1", neighbor: "2001:db8:9::2",
            expected: "2001:db8::1"),
        Case(prefix: "2001:db8:5::/48", local: "2001:db8::1", expected: "2001:db8::1"),
        Case(
            prefix: "2001:db8:5::/48", local: "2001:db8::1", neighbor: "2001:db8::2",
            mode: .global, expected: "2001:db8::1"),
        Case(
            prefix: "2001:db8:5::/48", local: "2001:db8::1", neighbor: "2001:db8::2",
            mode: .linkLocal, expected: "fe80::1"),
        Case(
            prefix: "2001:db8:5::/48", local: "2001:db8::1", mode: .globalAndLinkLocal,
            expected: "2001:db8::1 fe80::1"),
        // Over the link's own address.
        Case(
            prefix: "2001:db8:5::/48", local: "fe80::1", neighbor: "fe80::9",
            expected: "2001:db8::1 fe80::1"),
        Case(
            prefix: "2001:db8:5::/48", local: "fe80::3", neighbor: "fe80::9",
            expected: "fe80::3"),
        Case(prefix: "2001:db8:5::/48", local: "fe80::3", mode: .global),
        // IPv6 over IPv4: the interface's global address, not the service's.
        Case(
            prefix: "2001:db8:5::/48", local: "10.0.0.1", neighbor: "10.0.0.2",
            expected: "2001:db8::1 fe80::1"),
        Case(
            prefix: "2001:db8:5::/48", local: "10.0.0.1", neighbor: "10.9.0.2",
            expected: "2001:db8::1"),
        Case(prefix: "2001:db8:5::/48", local: "10.2.0.1", neighbor: "10.2.0.2"),
        Case(
            prefix: "2001:db8:5::/48", local: "10.2.0.1", neighbor: "10.2.0.2",
            mode: .linkLocal, expected: "fe80::3"),
        // A service address of the session's own kind is no way to itself.
        Case(
            prefix: "2001:db7::53/128", local: "10.0.0.1", neighbor: "10.0.0.2",
            expected: "2001:db8::1 fe80::1"),
        // IPv4 over IPv6: the interface's, or RFC 8950.
        Case(
            prefix: "192.0.2.53/32", local: "2001:db8::1", neighbor: "2001:db8::2",
            expected: "10.0.0.1"),
        Case(
            prefix: "192.0.2.53/32", local: "2001:db8::1", neighbor: "2001:db8::2",
            canExtend: true, expected: "10.0.0.1"),
        Case(
            prefix: "192.0.2.53/32", local: "2001:db8::1", neighbor: "2001:db8::2",
            canExtend: true, prefersExtended: true, expected: "2001:db8::1 fe80::1"),
        Case(
            prefix: "192.0.2.53/32", local: "2001:db8::1", neighbor: "2001:db8::2",
            prefersExtended: true, expected: "10.0.0.1"),
        Case(prefix: "192.0.2.53/32", local: "2001:db8:1::1", neighbor: "2001:db8:1::2"),
        Case(
            prefix: "192.0.2.53/32", local: "2001:db8:1::1", neighbor: "2001:db8:1::2",
            canExtend: true, expected: "2001:db8:1::1 fe80::2"),
        Case(
            prefix: "192.0.2.53/32", local: "fe80::2", neighbor: "fe80::9", canExtend: true,
            expected: "2001:db8:1::1 fe80::2"),
        // IPv4 over IPv4 stays.
        Case(
            prefix: "192.0.2.53/32", local: "10.0.0.1", neighbor: "10.0.0.2", canExtend: true,
            prefersExtended: true, expected: "10.0.0.1"),
    ]

    private func resolver(_ example: Case) throws -> RouteResolver {
        var parameters = SessionParameters(
            localAS: 65001, peerAS: 65002, localIdentifier: 1, peerIdentifier: 2,
            holdTimeSeconds: 9, families: [.ipv4Unicast, .ipv6Unicast], isFourOctetAS: true,
            peerCapabilities: [])
        if example.canExtend { parameters.extendedNextHopFamilies = [.ipv4Unicast] }
        return RouteResolver(
            parameters: parameters, localAddress: try #require(IPAddress(example.local)),
            interfaces: interfaces, nextHopMode: example.mode,
            prefersExtendedNextHop: example.prefersExtended,
            neighborAddress: example.neighbor.flatMap { IPAddress($0) })
    }

    @Test(arguments: cases)
    func selfIs(_ example: Case) throws {
        let found = try resolver(example).resolve(
            try #require(IPPrefix(example.prefix)), RouteAttributes())
        switch found {
        case .send(let path):
            let both = [path.nextHop, path.linkLocalNextHop].compactMap { $0 }
            #expect(both.map(\.description).joined(separator: " ") == example.expected)
        case .refused(let why):
            #expect(example.expected == nil, "\(why)")
        }
    }

    @Test func anAddressThatIsSoonToGoIsNotSelf() throws {
        var entries = interfaces.entries
        for index in entries.indices where entries[index].address == IPAddress("2001:db8::1") {
            entries[index].isLasting = false
        }
        let local = try #require(IPAddress("10.0.0.1"))
        let found = InterfaceAddresses(entries: entries).selfAddress(
            .v6, beside: local, announced: try #require(IPPrefix("2001:db8:5::/48")))
        #expect(found == IPAddress("2001:db7::53"))
    }

    @Test func theKernelsFlagsAreRead() {
        let text = """
            00000000000000000000000000000001 01 80 10 80       lo
            20010db8000000000000000000000001 02 40 00 80     eth0
            20010db8000000000000000000000002 02 40 00 01     eth0
            20010db8000000000000000000000003 02 40 00 a0     eth0
            nonsense
            """
        #expect(
            PassingAddresses.parse(text)
                == Set(["2001:db8::2", "2001:db8::3"].compactMap { IPAddress($0) }))
    }

    @Test func aTypedIPv6NextHopOfIPv4NeedsTheNeighborsConsent() throws {
        var wanted = RouteAttributes()
        wanted.nextHop = .address(try #require(IPAddress("2001:db8::9")))
        var example = Case(prefix: "192.0.2.53/32", local: "10.0.0.1")
        let prefix = try #require(IPPrefix(example.prefix))
        #expect(
            try resolver(example).resolve(prefix, wanted)
                == .refused(
                    "next hop 2001:db8::9 is of the other family, and the neighbour has not agreed"
                        + " to that (extendedNextHop, RFC 8950)"))
        example.canExtend = true
        guard case .send(let path) = try resolver(example).resolve(prefix, wanted) else {
            Issue.record("refused")
            return
        }
        #expect(path.nextHop == IPAddress("2001:db8::9"))
    }

    // MARK: Before there is a session

    private func faults(
        local: String?, peer: String, families: [RouteFamily], prefix: String,
        _ change: (inout NeighborDeclaration) -> Void = { _ in }
    ) throws -> [String] {
        let place = Declarations.SourceLocation(file: "test.lua", line: 7)
        var neighbor = NeighborDeclaration(
            key: NeighborKey(
                endpoint: Endpoint(address: try #require(IPAddress(peer)), port: 179)),
            localAS: 1, peerAS: 2, location: place)
        neighbor.families = families
        change(&neighbor)
        let announcement = AnnouncementDeclaration(
            prefix: try #require(IPPrefix(prefix)), condition: .always, name: "a", location: place)
        let check = NextHopCheck(interfaces: interfaces) { _ in local.flatMap { IPAddress($0) } }
        return check.faults(neighbors: [neighbor], announcements: [announcement]).map(\.text)
    }

    @Test func aRouteWithoutANextHopIsAnErrorBeforeItIsMissed() throws {
        #expect(
            try faults(
                local: "10.2.0.1", peer: "10.2.0.2", families: [.ipv4Unicast, .ipv6Unicast],
                prefix: "2001:db8:5::/48") == [
                    "test.lua:7: announce: 2001:db8:5::/48 to 10.2.0.2: nextHop \"self\": the"
                        + " interface of 10.2.0.1 has no global IPv6 address beside the announced"
                        + " ones; set nextHop"
                ])
        #expect(
            try faults(
                local: "10.0.0.1", peer: "10.0.0.2", families: [.ipv4Unicast, .ipv6Unicast],
                prefix: "2001:db8:5::/48"
            ).isEmpty)
    }

    @Test func whatMayStillBeAgreedOnIsNoError() throws {
        let both: [RouteFamily] = [.ipv4Unicast, .ipv6Unicast]
        #expect(
            try faults(
                local: "2001:db8:1::1", peer: "2001:db8:1::2", families: both,
                prefix: "192.0.2.53/32"
            ).isEmpty)
        #expect(
            try faults(
                local: "2001:db8:1::1", peer: "2001:db8:1::2", families: both,
                prefix: "192.0.2.53/32"
            ) { $0.extendedNextHop = false }.count == 1)
    }

    @Test func whereOurEndIsNotKnownNothingIsSaid() throws {
        for local in [nil, "10.77.0.1"] {
            #expect(
                try faults(
                    local: local, peer: "10.2.0.2", families: [.ipv6Unicast],
                    prefix: "2001:db8:5::/48"
                ).isEmpty)
        }
    }
}
