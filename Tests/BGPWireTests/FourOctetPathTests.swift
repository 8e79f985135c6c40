// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Testing

/// Would catch a path read wrongly behind a speaker of 2-octet numbers (RFC 6793 §4.2.3).
struct FourOctetPathTests {
    private func path(_ segments: ASPath.Segment...) -> ASPath { ASPath(segments: segments) }

    @Test(
        arguments: [
            // What the old ones added stands before what they passed on.
            (
                [65002, 65003, 23456, 65001], [4_200_000_000, 65001],
                [65002, 65003, 4_200_000_000, 65001]
            ),
            ([23456, 65001], [4_200_000_000, 65001], [4_200_000_000, 65001]),
            // Longer than the path itself: somebody cut that, and it is not believed.
            ([23456], [4_200_000_000, 65001], [23456]),
        ] as [([UInt32], [UInt32], [UInt32])])
    func bothPathsMakeOne(_ short: [UInt32], _ long: [UInt32], _ merged: [UInt32]) {
        var attributes = PathAttributes()
        attributes.asPath = ASPath(sequence: short)
        attributes.as4Path = ASPath(sequence: long)
        #expect(attributes.fullASPath?.segments.flatMap(\.numbers) == merged)
    }

    @Test func aSetCountsAsOneAndAConfederationAsNone() {
        var attributes = PathAttributes()
        attributes.asPath = path(
            .init(.set, [1, 2, 3]), .init(.sequence, [4, 23456]))
        attributes.as4Path = ASPath(sequence: [4_200_000_000])
        #expect(attributes.fullASPath?.description == "{1,2,3} 4 4200000000")
        #expect(attributes.asPath?.hops == 3)
    }

    @Test func whoAggregatedAnewMadeTheLongPathWorthless() throws {
        var attributes = PathAttributes()
        attributes.asPath = ASPath(sequence: [65002, 23456])
        attributes.as4Path = ASPath(sequence: [4_200_000_000])
        let address = try #require(IPAddress("192.0.2.9"))
        attributes.aggregator = .init(autonomousSystem: 65002, address: address)
        attributes.as4Aggregator = .init(autonomousSystem: 4_200_000_000, address: address)
        #expect(attributes.fullASPath == ASPath(sequence: [65002, 23456]))
        #expect(attributes.fullAggregator?.autonomousSystem == 65002)
        attributes.aggregator = .init(autonomousSystem: 23456, address: address)
        #expect(attributes.fullASPath == ASPath(sequence: [65002, 4_200_000_000]))
        #expect(attributes.fullAggregator?.autonomousSystem == 4_200_000_000)
    }

    @Test func theOriginIsTheLastNumberUnlessASetHidesIt() {
        #expect(ASPath(sequence: [65002, 65001]).origin == 65001)
        #expect(ASPath().origin == nil)
        #expect(path(.init(.sequence, [1]), .init(.set, [2, 3])).origin == nil)
    }
}
