// SPDX-License-Identifier: Apache-2.0

import Addressing

extension UpdateDecoder {
    /// Decodes the value of every known attribute but the multiprotocol ones.
    mutating func decodeValue(_ type: AttributeType, _ value: ArraySlice<UInt8>) {
        switch type {
        case .origin, .asPath, .nextHop, .multiExitDiscriminator, .localPreference:
            decodeMandatory(type, value)
        case .communities, .extendedCommunities, .largeCommunities:
            decodeCommunities(type, value)
        default:
            decodeDiscardable(type, value)
        }
    }

    private func number(_ value: ArraySlice<UInt8>) -> UInt32? {
        var reader = ByteReader(value)
        return value.count == 4 ? reader.uint32() : nil
    }

    /// RFC 7606 §7.1 to §7.5: an error here is treated as a withdraw.
    private mutating func decodeMandatory(_ type: AttributeType, _ value: ArraySlice<UInt8>) {
        let isGood: Bool
        switch type {
        case .origin:
            update.attributes.origin =
                value.count == 1 ? value.first.flatMap(PathAttributes.Origin.init) : nil
            isGood = update.attributes.origin != nil
        case .asPath:
            update.attributes.asPath = ASPath(value, isFourOctetAS: context.isFourOctetAS)
            isGood = update.attributes.asPath != nil
        case .nextHop:
            update.attributes.nextHop = value.count == 4 ? IPAddress(bytes: value) : nil
            isGood = update.attributes.nextHop != nil
        case .multiExitDiscriminator:
            update.attributes.med = number(value)
            isGood = update.attributes.med != nil
        default:
            guard context.isInternal else {
                fault(type.rawValue, .attributeDiscard, "from an external peer")
                return
            }
            update.attributes.localPreference = number(value)
            isGood = update.attributes.localPreference != nil
        }
        if !isGood { fault(type.rawValue, .treatAsWithdraw, "\(value.count) octets") }
    }

    /// RFC 7606 §7.8 and §7.14, RFC 8092 §6: a length that is no multiple, or none at all.
    private mutating func decodeCommunities(_ type: AttributeType, _ value: ArraySlice<UInt8>) {
        let width = type == .communities ? 4 : type == .extendedCommunities ? 8 : 12
        guard !value.isEmpty, value.count.isMultiple(of: width) else {
            fault(type.rawValue, .treatAsWithdraw, "\(value.count) octets")
            return
        }
        var reader = ByteReader(value)
        while !reader.isEmpty {
            switch type {
            case .communities:
                update.attributes.communities += reader.uint32().map { [$0] } ?? []
            case .extendedCommunities:
                update.attributes.extendedCommunities += reader.uint64().map { [$0] } ?? []
            default:
                guard let first = reader.uint32(), let second = reader.uint32(),
                    let third = reader.uint32()
                else { return }
                update.attributes.largeCommunities.append(
                    LargeCommunityValue(
                        globalAdministrator: first, localData1: second, localData2: third))
            }
        }
    }

    /// RFC 7606 §7.6, §7.7, §7.9, §7.10 and RFC 6793 §6.
    private mutating func decodeDiscardable(_ type: AttributeType, _ value: ArraySlice<UInt8>) {
        var consequence = AttributeFault.Consequence.attributeDiscard
        let isGood: Bool
        switch type {
        case .atomicAggregate:
            isGood = value.isEmpty
            update.attributes.isAtomicAggregate = isGood
        case .aggregator:
            update.attributes.aggregator = aggregator(value, isWide: context.isFourOctetAS)
            isGood = update.attributes.aggregator != nil
        case .as4Aggregator:
            isGood = value.count == 8
        case .as4Path:
            // Between two speakers of 4-octet numbers it has no business (RFC 6793 §6).
            update.attributes.as4Path =
                context.isFourOctetAS ? nil : ASPath(value, isFourOctetAS: true)
            isGood = update.attributes.as4Path != nil
        default:
            // ORIGINATOR_ID and CLUSTER_LIST, from outside, are nobody's business.
            let isSized =
                type == .originatorID
                ? value.count == 4 : !value.isEmpty && value.count.isMultiple(of: 4)
            if context.isInternal { consequence = .treatAsWithdraw }
            isGood = isSized && context.isInternal
        }
        if !isGood { fault(type.rawValue, consequence, "\(value.count) octets") }
    }

    private func aggregator(
        _ value: ArraySlice<UInt8>, isWide: Bool
    ) -> PathAttributes.Aggregator? {
        var reader = ByteReader(value)
        guard value.count == (isWide ? 8 : 6),
            let number = isWide ? reader.uint32() : reader.uint16().map(UInt32.init),
            let address = IPAddress(bytes: reader.rest)
        else { return nil }
        return PathAttributes.Aggregator(autonomousSystem: number, address: address)
    }
}
