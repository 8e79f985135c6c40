// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch a watched prefix that is believed longer than its session, a reflected route that
/// counts as somebody else's, and state that a neighbour can make grow.
struct AdjacencyInTests {
    private let prefix = IPPrefix(host: IPAddress(v4: 0xc000_0201))
    private let other = IPPrefix(host: IPAddress(v4: 0xc000_0202))
    private let neighborAddress = IPAddress(v4: 0xc000_02fe)

    private func update(_ bytes: [UInt8]) throws -> UpdateMessage {
        try UpdateMessage(
            body: Array(bytes[19...]),
            context: UpdateContext(isFourOctetAS: true, isInternal: false))
    }

    private func announce(_ prefixes: [IPPrefix], nextHop: IPAddress) throws -> UpdateMessage {
        var path = PathAttributes()
        path.origin = .igp
        path.asPath = ASPath(sequence: [65002, 65009])
        path.nextHop = nextHop
        path.communities = [65002 << 16 | 7]
        let messages = UpdateEncoder(isFourOctetAS: true).announce(prefixes, path)
        return try update(try #require(messages.first))
    }

    /// One prefix of the family cannot be read: whoever is said to announce the others may have
    /// withdrawn them in it.
    @Test func aFamilyThatCannotBeReadIsUnknownUntilTheNextSession() throws {
        var known = AdjacencyIn()
        _ = known.watch([prefix], canAsk: false)
        let encoder = UpdateEncoder(isFourOctetAS: true)
        let endOfRIB = try update(encoder.endOfRIB(.ipv4Unicast))
        let route = try announce([prefix], nextHop: neighborAddress)
        _ = known.take(endOfRIB, ownAddresses: [])
        _ = known.take(route, ownAddresses: [])
        // A withdrawn prefix of 33 bits.
        let broken = try UpdateMessage(
            body: [0, 6, 33, 192, 0, 2, 1, 0, 0, 0],
            context: UpdateContext(isFourOctetAS: true, isInternal: false))
        try #require(broken.disabledFamilies == [.ipv4Unicast])
        let isNews = known.take(broken, ownAddresses: [])
        #expect(isNews && known.watches == [prefix: .unknown])
        #expect(known.counts[.ipv4Unicast]?.held == 0)
        for later in [endOfRIB, route] {
            let isBelieved = known.take(later, ownAddresses: [])
            #expect(!isBelieved && known.watches == [prefix: .unknown])
        }
        _ = known.sessionDown()
        _ = known.take(route, ownAddresses: [])
        guard case .announced? = known.watches[prefix] else {
            Issue.record("not told: \(known.watches)")
            return
        }
    }

    @Test func aWatchedPrefixIsUnknownThenNobodysThenSomebodys() throws {
        var known = AdjacencyIn()
        _ = known.watch([prefix], canAsk: false)
        #expect(known.watches == [prefix: .unknown])
        let encoder = UpdateEncoder(isFourOctetAS: true)
        let endOfRIB = try update(encoder.endOfRIB(.ipv4Unicast))
        let isNews = known.take(endOfRIB, ownAddresses: [])
        #expect(isNews && known.watches == [prefix: .nobody])
        let isTold = known.take(
            try announce([prefix, other], nextHop: neighborAddress), ownAddresses: [])
        guard isTold, case .announced(let attributes)? = known.watches[prefix] else {
            Issue.record("not told: \(known.watches)")
            return
        }
        #expect(attributes.asPath == [65002, 65009])
        #expect(attributes.communities == [Community(asn: 65002, value: 7)])
        let counts = try #require(known.counts[.ipv4Unicast])
        #expect(counts.announced == 2 && counts.held == 1, "only what is watched is held")
        // The same again is no news.
        let isRepeated = known.take(
            try announce([prefix], nextHop: neighborAddress), ownAddresses: [])
        #expect(!isRepeated)
        let isGone = known.take(
            try update(try #require(encoder.withdraw([prefix, other]).first)), ownAddresses: [])
        #expect(isGone && known.watches == [prefix: .nobody])
        #expect(known.counts[.ipv4Unicast]?.withdrawn == 2)
    }

    @Test func aRouteOfOursThatComesBackIsNobodys() throws {
        var known = AdjacencyIn()
        _ = known.watch([prefix], canAsk: false)
        _ = known.take(
            try update(UpdateEncoder(isFourOctetAS: true).endOfRIB(.ipv4Unicast)), ownAddresses: [])
        let own = IPAddress(v4: 0xc000_020a)
        let isNews = known.take(try announce([prefix], nextHop: own), ownAddresses: [own])
        #expect(!isNews && known.watches == [prefix: .nobody])
    }

    @Test func nothingIsKnownOnceTheSessionIsOver() throws {
        var known = AdjacencyIn()
        _ = known.watch([prefix], canAsk: false)
        _ = known.take(try announce([prefix], nextHop: neighborAddress), ownAddresses: [])
        let wasKnown = known.sessionDown()
        #expect(wasKnown && known.watches == [prefix: .unknown])
        #expect(known.counts[.ipv4Unicast] == PrefixCounts(announced: 1, withdrawn: 0, held: 0))
        let isAnythingLeft = known.sessionDown()
        #expect(!isAnythingLeft)
    }

    @Test func aNeighborIsAskedForWhatWasNotWatchedBefore() {
        var known = AdjacencyIn()
        let first = known.watch([prefix], canAsk: true)
        let again = known.watch([prefix], canAsk: true)
        let more = known.watch([prefix, other], canAsk: true)
        let less = known.watch([other], canAsk: true)
        let cannot = known.watch([prefix, other], canAsk: false)
        #expect([first, again, more, less, cannot] == [true, false, true, false, false])
    }

    @Test func manyPrefixesThatNobodyWatchesAreOnlyCounted() throws {
        var known = AdjacencyIn()
        _ = known.watch([prefix], canAsk: false)
        for number in UInt32(0)..<2_000 {
            let some = IPPrefix(host: IPAddress(v4: 0x0a00_0000 | number))
            _ = known.take(try announce([some], nextHop: neighborAddress), ownAddresses: [])
        }
        #expect(known.watches.count == 1)
        #expect(known.counts[.ipv4Unicast] == PrefixCounts(announced: 2_000, withdrawn: 0, held: 0))
    }
}
