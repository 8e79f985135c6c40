// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

/// Catches a match node whose price grows with its names.
@Suite(.serialized) struct NameSetScaleTests {
    private static func set(_ count: Int) -> NameSet {
        NameSet(Set((0..<count).map { BalancingFixture.wire("zone\($0).example") }))
    }

    /// The best of several runs, since others use the machine as well.
    private static func nanoseconds(_ set: NameSet) -> Double {
        let name = BalancingFixture.wire("www.host.unknown.example")
        let lookups = 2_000
        var best = Double.infinity
        for _ in 0..<12 {
            let took = ContinuousClock().measure {
                name.withUnsafeBytes { name in
                    for _ in 0..<lookups { _ = set.containsSuffix(of: name) }
                }
            }
            best = min(best, took / .nanoseconds(1) / Double(lookups))
        }
        return best
    }

    @Test func tenThousandSuffixesCostWhatTenDo() {
        let (few, many) = (Self.set(10), Self.set(10_000))
        defer {
            few.deallocate()
            many.deallocate()
        }
        BalancingFixture.wire("www.zone9999.example").withUnsafeBytes {
            #expect(many.containsSuffix(of: $0) && !few.containsSuffix(of: $0))
        }
        let costs = (Self.nanoseconds(few), Self.nanoseconds(many))
        print("suffixes: 10 \(costs.0) ns, 10 000 \(costs.1) ns")
        #expect(costs.1 < 4 * costs.0, "\(costs)")
    }
}
