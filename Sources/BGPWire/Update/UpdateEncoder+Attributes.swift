// SPDX-License-Identifier: Apache-2.0

import Addressing

extension UpdateEncoder {
    /// All attributes but the multiprotocol ones, by ascending type.
    func encode(_ attributes: PathAttributes, nextHop: IPAddress?) -> [UInt8] {
        var bytes = Self.attribute(.origin, [(attributes.origin ?? .igp).rawValue])
        let path = attributes.asPath ?? ASPath()
        bytes += Self.attribute(.asPath, path.encoded(isFourOctetAS: isFourOctetAS))
        if let nextHop { bytes += Self.attribute(.nextHop, nextHop.bytes) }
        if let med = attributes.med { bytes += Self.attribute(.multiExitDiscriminator, [med]) }
        if let preference = attributes.localPreference {
            bytes += Self.attribute(.localPreference, [preference])
        }
        if attributes.isAtomicAggregate { bytes += Self.attribute(.atomicAggregate, []) }
        if let aggregator = attributes.aggregator { bytes += encode(aggregator) }
        if !attributes.communities.isEmpty {
            bytes += Self.attribute(.communities, Self.distinct(attributes.communities))
        }
        if !attributes.extendedCommunities.isEmpty {
            bytes += Self.attribute(
                .extendedCommunities, Self.distinct(attributes.extendedCommunities))
        }
        if !isFourOctetAS, path.needsFourOctets {
            bytes += Self.attribute(.as4Path, path.encoded(isFourOctetAS: true))
        }
        if !isFourOctetAS, let aggregator = attributes.aggregator,
            aggregator.autonomousSystem > 0xffff
        {
            bytes += Self.attribute(.as4Aggregator, wide(aggregator))
        }
        if !attributes.largeCommunities.isEmpty {
            let numbers = Self.distinct(attributes.largeCommunities).flatMap {
                [$0.globalAdministrator, $0.localData1, $0.localData2]
            }
            bytes += Self.attribute(.largeCommunities, numbers)
        }
        return bytes
    }

    /// Sorted and without repetition: RFC 8092 §5 demands it, and nodes that announce the same
    /// should look the same to a router.
    private static func distinct<Value: Hashable & Comparable>(_ values: [Value]) -> [Value] {
        Set(values).sorted()
    }

    private func wide(_ aggregator: PathAttributes.Aggregator) -> [UInt8] {
        var value: [UInt8] = []
        value.append(bigEndian: aggregator.autonomousSystem)
        return value + aggregator.address.bytes
    }

    private func encode(_ aggregator: PathAttributes.Aggregator) -> [UInt8] {
        guard !isFourOctetAS else { return Self.attribute(.aggregator, wide(aggregator)) }
        var value: [UInt8] = []
        value.append(
            bigEndian: UInt16(exactly: aggregator.autonomousSystem) ?? OpenMessage.asTrans)
        return Self.attribute(.aggregator, value + aggregator.address.bytes)
    }

    private static func attribute(
        _ type: AttributeType, _ numbers: [some FixedWidthInteger]
    ) -> [UInt8] {
        var value: [UInt8] = []
        for number in numbers { value.append(bigEndian: number) }
        return attribute(type, value)
    }

    /// Flags, type, a length of one octet or, beyond 255, of two.
    static func attribute(_ type: AttributeType, _ value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8]
        if value.count > 255 {
            bytes = [type.flags | AttributeType.extendedLengthFlag, type.rawValue]
            bytes.append(bigEndian: UInt16(value.count))
        } else {
            bytes = [type.flags, type.rawValue, UInt8(value.count)]
        }
        return bytes + value
    }
}
