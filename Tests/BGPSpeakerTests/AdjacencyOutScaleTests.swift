// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import CAllocations
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch outbound state that grows with each route by more than it may, or work that grows
/// with its square.
@Suite(.serialized)
struct AdjacencyOutScaleTests {
    private static let count = 100_000
    private static let bytesPerRouteMax = 200

    private func resolver() -> RouteResolver {
        RouteResolver(
            parameters: SessionParameters(
                localAS: 65001, peerAS: 65002, localIdentifier: 1, peerIdentifier: 2,
                holdTimeSeconds: 9, families: [.ipv4Unicast, .ipv6Unicast], isFourOctetAS: true,
                peerCapabilities: []),
            localAddress: IPAddress(v4: 0xc000_0201), interfaces: InterfaceAddresses(entries: []))
    }

    /// A hundred sets of attributes among them.
    private func wanted(_ count: Int) -> [IPPrefix: WantedRoute] {
        var routes: [IPPrefix: WantedRoute] = [:]
        for number in 0..<UInt32(count) {
            var attributes = RouteAttributes()
            attributes.med = number % 100
            attributes.communities = [Community(asn: 65001, value: UInt16(number % 100))]
            let prefix =
                number.isMultiple(of: 2)
                ? IPPrefix(host: IPAddress(v4: 0x0a00_0000 | number))
                : IPPrefix(host: IPAddress(v4: 0x0b00_0000 | number))
            routes[prefix] = WantedRoute(attributes: attributes)
        }
        return routes
    }

    private func drain(_ routes: inout AdjacencyOut) -> Int {
        var count = 0
        while routes.hasWork {
            count += routes.nextMessages(prefixesMax: 1024, unixSeconds: 1).count
        }
        return count
    }

    @Test func aHundredThousandRoutesTakeTwoHundredBytesEachAtMost() {
        // Twice: what the allocator keeps of the first is there for the second, which is measured.
        for round in 1...2 {
            let before = callocations_bytes()
            var routes = AdjacencyOut()
            routes.sessionUp(resolver(), UpdateEncoder(isFourOctetAS: true))
            do {
                let wanted = wanted(Self.count)
                routes.replaceWanted(wanted)
            }
            _ = drain(&routes)
            let each = Double(callocations_bytes() - before) / Double(Self.count)
            #expect(routes.sentCount == Self.count)
            guard round == 2 else { continue }
            print("outbound state: \(each) bytes a route")
            #expect(each <= Double(Self.bytesPerRouteMax))
            #expect(each >= Double(MemoryLayout<RouteTable.Route>.stride))
            // Nothing grows that is left of what was withdrawn.
            routes.replaceWanted([:])
            _ = drain(&routes)
            let left = Double(callocations_bytes() - before) / Double(Self.count)
            print("left of it when all was withdrawn: \(left)")
            #expect(left < 8)
            #expect(routes.table.count == 0 && routes.wantedSets.count == 0)
        }
    }

    @Test func aRefreshIsPacked() {
        let count = Self.count / 5
        var routes = AdjacencyOut()
        routes.sessionUp(resolver(), UpdateEncoder(isFourOctetAS: true))
        var attributes = RouteAttributes()
        attributes.med = 1
        routes.replaceWanted(
            wanted(count).mapValues { _ in WantedRoute(attributes: attributes) })
        _ = drain(&routes)
        routes.refresh(.ipv4Unicast)
        // Five octets a prefix: two messages to a batch of 1024.
        let messages = drain(&routes)
        #expect(messages <= 2 * (count / 1024 + 1))
        #expect(!routes.hasWork)
    }

    @Test func setsOfAttributesThatNoRouteHasAreForgotten() {
        var routes = AdjacencyOut()
        routes.sessionUp(resolver(), UpdateEncoder(isFourOctetAS: true))
        let prefix = IPPrefix(host: IPAddress(v4: 0x0a00_0001))
        for med in UInt32(1)...10_000 {
            var attributes = RouteAttributes()
            attributes.med = med
            routes.replaceWanted([
                prefix: WantedRoute(attributes: attributes, whenDown: .attributes(attributes))
            ])
            _ = drain(&routes)
        }
        #expect(routes.wantedSets.count == 1)
        // What is sent and, until its slot is used again, what it was resolved from.
        #expect(routes.sentSets.count == 1)
    }
}
