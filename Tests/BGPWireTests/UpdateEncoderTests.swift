// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Testing

/// Would catch an UPDATE that a strict router refuses: order, mixing, length, AS numbers.
struct UpdateEncoderTests {
    private let encoder = UpdateEncoder(isFourOctetAS: true)
    private let context = UpdateContext(isFourOctetAS: true, isInternal: false)

    private func attributes(_ nextHop: String) -> PathAttributes {
        var path = PathAttributes()
        path.origin = .igp
        path.asPath = ASPath(sequence: [65001, 65001])
        path.nextHop = IPAddress(nextHop)
        path.med = 100
        path.communities = [0xffff_0000, 0xfde9_0001, 0xfde9_0001]
        path.extendedCommunities = [0x0002_fde9_0000_0001]
        path.largeCommunities = [
            LargeCommunityValue(globalAdministrator: 9, localData1: 8, localData2: 7)
        ]
        return path
    }

    private func prefixes(_ texts: String...) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }

    /// Types of the attributes in the order in which they stand.
    private func types(_ message: [UInt8]) -> [UInt8] {
        let withdrawn = Int(message[19]) << 8 | Int(message[20])
        var position = 21 + withdrawn
        let end = position + 2 + (Int(message[position]) << 8 | Int(message[position + 1]))
        position += 2
        var found: [UInt8] = []
        while position < end {
            found.append(message[position + 1])
            let isExtended = message[position] & 0x10 != 0
            let length =
                isExtended
                ? Int(message[position + 2]) << 8 | Int(message[position + 3])
                : Int(message[position + 2])
            position += (isExtended ? 4 : 3) + length
        }
        return found
    }

    private func decode(_ message: [UInt8], _ context: UpdateContext) throws -> UpdateMessage {
        try UpdateMessage(body: Array(message[19...]), context: context)
    }

    @Test func attributesAscend() throws {
        let messages = encoder.announce(prefixes("192.0.2.1/32"), attributes("192.0.2.254"))
        #expect(messages.map(types) == [[1, 2, 3, 4, 8, 16, 32]])
    }

    @Test func multiprotocolComesFirstAndNextHopStaysAway() throws {
        let messages = encoder.announce(prefixes("2001:db8::1/128"), attributes("2001:db8::9"))
        #expect(messages.map(types) == [[14, 1, 2, 4, 8, 16, 32]])
        let read = try decode(messages[0], context)
        #expect(read.announced == prefixes("2001:db8::1/128"))
        #expect(read.attributes.nextHop == IPAddress("2001:db8::9"))
        #expect(read.faults.isEmpty)
    }

    @Test func repeatedCommunitiesAreSentOnce() throws {
        let messages = encoder.announce(prefixes("192.0.2.1/32"), attributes("192.0.2.254"))
        #expect(
            try decode(messages[0], context).attributes.communities
                == [0xfde9_0001, 0xffff_0000])
    }

    @Test func anEmptyPathIsAnAttributeWithoutSegments() throws {
        var path = attributes("192.0.2.254")
        path.asPath = ASPath()
        path.localPreference = 100
        let messages = encoder.announce(prefixes("192.0.2.1/32"), path)
        let read = try decode(
            messages[0], UpdateContext(isFourOctetAS: true, isInternal: true))
        #expect(read.attributes.asPath == ASPath())
        #expect(read.attributes.localPreference == 100)
    }

    @Test func anOldPeerGetsStandInsAndTheRealPathBeside() throws {
        let old = UpdateEncoder(isFourOctetAS: false)
        var path = attributes("192.0.2.254")
        path.asPath = ASPath(sequence: [4_200_000_000, 65001])
        let message = old.announce(prefixes("192.0.2.1/32"), path)[0]
        #expect(types(message) == [1, 2, 3, 4, 8, 16, 17, 32])
        let read = try decode(message, UpdateContext(isFourOctetAS: false, isInternal: false))
        #expect(read.attributes.asPath == ASPath(sequence: [23456, 65001]))
        #expect(read.attributes.as4Path == ASPath(sequence: [4_200_000_000, 65001]))
    }

    @Test func anOldPeerGetsNoSecondPathWhenTwoOctetsSuffice() {
        let old = UpdateEncoder(isFourOctetAS: false)
        let message = old.announce(prefixes("192.0.2.1/32"), attributes("192.0.2.254"))[0]
        #expect(!types(message).contains(17))
    }

    @Test(arguments: [IPAddress.Family.v4, .v6])
    func aThousandPrefixesArePackedAndNoneIsLost(_ family: IPAddress.Family) throws {
        let all: [IPPrefix] = (0..<1000).map { number in
            family == .v4
                ? IPPrefix(host: IPAddress(v4: 0x0a00_0000 | UInt32(number)))
                : IPPrefix(host: IPAddress(v6High: 0x2001_0db8_0000_0000, v6Low: UInt64(number)))
        }
        let hop = family == .v4 ? "192.0.2.254" : "2001:db8::9"
        let announced = encoder.announce(all, attributes(hop))
        let withdrawn = encoder.withdraw(all)
        for message in announced + withdrawn { #expect(message.count <= 4096) }
        #expect(announced.count == (family == .v4 ? 2 : 5))
        #expect(withdrawn.count == (family == .v4 ? 2 : 5))
        #expect(try announced.flatMap { try decode($0, context).announced } == all)
        #expect(try withdrawn.flatMap { try decode($0, context).withdrawn } == all)
    }

    @Test func aNextHopOfTheOtherFamilyIsNotEncoded() {
        #expect(encoder.announce(prefixes("192.0.2.1/32"), attributes("2001:db8::9")).isEmpty)
        #expect(encoder.announce(prefixes("2001:db8::1/128"), attributes("192.0.2.1")).isEmpty)
    }

    @Test func attributesThatFillAMessageAreNotSent() {
        var path = attributes("192.0.2.254")
        path.communities = (0..<1020).map { UInt32($0) }
        #expect(encoder.announce(prefixes("192.0.2.1/32"), path).isEmpty)
    }

    @Test func endOfRIBIsRecognizedInBothFamilies() throws {
        for family in [AddressFamily.ipv4Unicast, .ipv6Unicast] {
            let read = try decode(encoder.endOfRIB(family), context)
            #expect(read.endOfRIB == family)
            #expect(read.withdrawn.isEmpty && read.announced.isEmpty)
        }
        #expect(encoder.endOfRIB(.ipv4Unicast).count == 23)
    }

    @Test func aPathOfThreeHundredIsTwoSegments() throws {
        var path = attributes("192.0.2.254")
        path.asPath = ASPath(sequence: [UInt32](repeating: 65001, count: 300))
        let read = try decode(encoder.announce(prefixes("192.0.2.1/32"), path)[0], context)
        #expect(read.attributes.asPath?.segments.map(\.numbers.count) == [255, 45])
    }

    @Test func everyAttributeComesBackInItsPlace() throws {
        var path = attributes("192.0.2.254")
        path.localPreference = 300
        path.isAtomicAggregate = true
        path.aggregator = .init(
            autonomousSystem: 4_200_000_000, address: try #require(IPAddress("192.0.2.9")))
        path.communities = [0xfde9_0001, 0xffff_0000]
        path.onlyToCustomer = 65001
        path.raw = [
            try #require(RawAttribute(type: 200, value: [1])),
            try #require(RawAttribute(type: 20, isPartial: true, value: [])),
            try #require(RawAttribute(type: 33, value: [UInt8](repeating: 7, count: 300))),
        ]
        let message = encoder.announce(prefixes("192.0.2.1/32"), path)[0]
        #expect(types(message) == [1, 2, 3, 4, 5, 6, 7, 8, 16, 20, 32, 33, 35, 200])
        let read = try decode(message, UpdateContext(isFourOctetAS: true, isInternal: true))
        path.raw.sort()
        #expect(read.attributes == path)
        #expect(read.faults.isEmpty)
    }

    @Test func anOldPeerGetsTheAggregatorTwice() throws {
        let old = UpdateEncoder(isFourOctetAS: false)
        var path = attributes("192.0.2.254")
        path.aggregator = .init(
            autonomousSystem: 4_200_000_000, address: try #require(IPAddress("192.0.2.9")))
        let message = old.announce(prefixes("192.0.2.1/32"), path)[0]
        #expect(types(message) == [1, 2, 3, 4, 7, 8, 16, 18, 32])
        let read = try decode(message, UpdateContext(isFourOctetAS: false, isInternal: false))
        #expect(read.attributes.aggregator?.autonomousSystem == 23456)
        #expect(read.attributes.fullAggregator == path.aggregator)
    }

    @Test func iPv4GoesWithAnIPv6NextHopWhereThatWasAgreedOn() throws {
        let extended = UpdateEncoder(isFourOctetAS: true, hasExtendedNextHop: true)
        var path = attributes("2001:db8::9")
        path.linkLocalNextHop = IPAddress("fe80::9")
        let message = extended.announce(prefixes("192.0.2.1/32", "192.0.2.2/32"), path)[0]
        #expect(types(message) == [14, 1, 2, 4, 8, 16, 32])
        let read = try decode(message, context)
        #expect(read.announced == prefixes("192.0.2.1/32", "192.0.2.2/32"))
        #expect(read.attributes.nextHop == IPAddress("2001:db8::9"))
        #expect(read.attributes.linkLocalNextHop == IPAddress("fe80::9"))
        // An IPv4 next hop goes as ever.
        let plain = extended.announce(prefixes("192.0.2.1/32"), attributes("192.0.2.254"))[0]
        #expect(types(plain).first == 1)
    }

    @Test func onlyAttributesThatNeedItMakeALongMessage() throws {
        let long = UpdateEncoder(
            isFourOctetAS: true, extendedBytesMax: MessageFramer.extendedMessageBytesMax)
        let many = (0..<3000).map { IPPrefix(host: IPAddress(v4: 0x0a00_0000 | UInt32($0))) }
        let usual = long.announce(many, attributes("192.0.2.254"))
        #expect(usual.allSatisfy { $0.count <= 4096 })
        var path = attributes("192.0.2.254")
        path.communities = (0..<2000).map { UInt32($0) }
        let messages = long.announce(many, path)
        #expect(messages.count == 1 && messages[0].count > 8000)
        var framer = MessageFramer()
        framer.append(messages[0])
        #expect(throws: BGPWireError.messageLength(UInt16(messages[0].count))) {
            try framer.next()
        }
        framer.bytesMax = MessageFramer.extendedMessageBytesMax
        let frame = try #require(try framer.next())
        #expect(try UpdateMessage(body: frame.body, context: context).announced == many)
        path.communities = (0..<16_400).map { UInt32($0) }
        #expect(long.announce(many, path).isEmpty)
    }

    @Test func typesWithAFieldOfTheirOwnAreNoRawAttributes() {
        for type: UInt8 in [0, 1, 2, 3, 4, 5, 8, 14, 15, 16, 17, 32, 35] {
            #expect(RawAttribute(type: type, value: []) == nil)
        }
    }
}
