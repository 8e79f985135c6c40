// SPDX-License-Identifier: Apache-2.0

import Addressing

extension UpdateEncoder {
    /// All attributes but the multiprotocol ones, by ascending type; `nil` when one is longer
    /// than two octets can say.
    func encode(_ attributes: PathAttributes, nextHop: IPAddress?) -> [UInt8]? {
        guard Self.fits(attributes) else { return nil }
        var list = AttributeList(raw: attributes.raw)
        list.append(.origin, [(attributes.origin ?? .igp).rawValue])
        let path = attributes.asPath ?? ASPath()
        list.append(.asPath, path.encoded(isFourOctetAS: isFourOctetAS))
        if let nextHop { list.append(.nextHop, nextHop.bytes) }
        if let med = attributes.med { list.append(.multiExitDiscriminator, [med]) }
        if let preference = attributes.localPreference {
            list.append(.localPreference, [preference])
        }
        if attributes.isAtomicAggregate { list.append(.atomicAggregate, [UInt8]()) }
        if let aggregator = attributes.aggregator {
            list.append(.aggregator, encode(aggregator, isWide: isFourOctetAS))
        }
        if !attributes.communities.isEmpty {
            list.append(.communities, Self.distinct(attributes.communities))
        }
        if !attributes.extendedCommunities.isEmpty {
            list.append(.extendedCommunities, Self.distinct(attributes.extendedCommunities))
        }
        if !isFourOctetAS { encodeForOldPeer(path, attributes.aggregator, &list) }
        if !attributes.largeCommunities.isEmpty {
            let numbers = Self.distinct(attributes.largeCommunities).flatMap {
                [$0.globalAdministrator, $0.localData1, $0.localData2]
            }
            list.append(.largeCommunities, numbers)
        }
        if let mark = attributes.onlyToCustomer { list.append(.onlyToCustomer, [mark]) }
        return list.finished()
    }

    /// What 23456 stands for, beside it (RFC 6793 §4.2.2).
    private func encodeForOldPeer(
        _ path: ASPath, _ aggregator: PathAttributes.Aggregator?, _ list: inout AttributeList
    ) {
        if path.needsFourOctets {
            list.append(.as4Path, path.encoded(isFourOctetAS: true))
        }
        if let aggregator, aggregator.autonomousSystem > 0xffff {
            list.append(.as4Aggregator, encode(aggregator, isWide: true))
        }
    }

    /// Whether no attribute is longer than a length of two octets can say. Only lists can be.
    private static func fits(_ attributes: PathAttributes) -> Bool {
        let most = 65_535
        return attributes.communities.count <= most / 4
            && attributes.extendedCommunities.count <= most / 8
            && attributes.largeCommunities.count <= most / 12
            // 2 octets for each segment of 255 numbers.
            && (attributes.asPath?.segments.reduce(0) { $0 + $1.numbers.count * 4 + 4 } ?? 0)
                <= most - 1024
            && attributes.raw.allSatisfy { $0.value.count <= most }
    }

    /// Sorted and without repetition: RFC 8092 §5 demands it, and nodes that announce the same
    /// should look the same to a router.
    private static func distinct<Value: Hashable & Comparable>(_ values: [Value]) -> [Value] {
        // Strictly ascending already, as a route's resolver leaves them.
        guard !zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }) else { return values }
        return Set(values).sorted()
    }

    private func encode(_ aggregator: PathAttributes.Aggregator, isWide: Bool) -> [UInt8] {
        var value: [UInt8] = []
        if isWide {
            value.append(bigEndian: aggregator.autonomousSystem)
        } else {
            value.append(
                bigEndian: UInt16(exactly: aggregator.autonomousSystem) ?? OpenMessage.asTrans)
        }
        return value + aggregator.address.bytes
    }
}
