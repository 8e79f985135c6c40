// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Testing

/// Would catch statuses that change their order, or two link-local neighbours taken for one.
struct RouteKeyTests {
    @Test func keysSortByPrefixThenNeighborWithItsInterface() throws {
        let local = try #require(IPAddress("fe80::1"))
        let first = try #require(IPPrefix("192.0.2.1/32"))
        let second = try #require(IPPrefix("2001:db8::/48"))
        func key(_ prefix: IPPrefix, _ interface: String) -> RouteKey {
            RouteKey(
                prefix: prefix,
                neighbor: NeighborKey(
                    endpoint: Endpoint(address: local, port: 179, interface: interface)))
        }
        let sorted = [
            key(first, "eth0"), key(first, "eth1"), key(second, "eth0"), key(second, "eth1"),
        ]
        #expect(sorted.reversed().sorted() == sorted)
        #expect(sorted[1].description == "192.0.2.1/32 to fe80::1%eth1")
    }

    @Test func statusesComeInThatOrder() throws {
        let prefixes = try ["203.0.113.9/32", "192.0.2.1/32", "198.51.100.0/24"].map {
            try #require(IPPrefix($0))
        }
        var harness = EngineHarness(prefixes.map { EngineHarness.announcement($0, when: .always) })
        harness.evaluate()
        #expect(harness.engine.statuses(now: .zero).map(\.route.prefix) == prefixes.sorted())
    }
}
