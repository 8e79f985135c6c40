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
        case .originatorID, .clusterList:
            decodeReflection(type, value)
        case .onlyToCustomer:
            // RFC 9234 §5.
            update.attributes.onlyToCustomer = number(value)
            if value.count != 4 {
                fault(type.rawValue, .treatAsWithdraw, "\(value.count) octets")
            }
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
            // RFC 7607 §2: a path through AS 0 is malformed.
            if update.attributes.asPath?.passes(0) == true {
                return fault(type.rawValue, .treatAsWithdraw, "AS 0 in it")
            }
            // RFC 5065 §5: a confederation's segments stay inside it, and we are in none.
            if update.attributes.asPath?.isOfConfederation == true {
                return fault(type.rawValue, .treatAsWithdraw, "a confederation's segment")
            }
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

    /// RFC 7606 §7.9 and §7.10: from outside they are nobody's business.
    private mutating func decodeReflection(_ type: AttributeType, _ value: ArraySlice<UInt8>) {
        guard context.isInternal else {
            return fault(type.rawValue, .attributeDiscard, "from an external peer")
        }
        guard type == .clusterList ? !value.isEmpty : value.count == 4,
            value.count.isMultiple(of: 4)
        else { return fault(type.rawValue, .treatAsWithdraw, "\(value.count) octets") }
        var reader = ByteReader(value)
        while let identifier = reader.uint32() {
            if type == .originatorID {
                update.attributes.originatorID = identifier
            } else {
                update.attributes.clusterList.append(identifier)
            }
        }
    }

    /// RFC 7606 §7.6 and §7.7, RFC 6793 §6.
    private mutating func decodeDiscardable(_ type: AttributeType, _ value: ArraySlice<UInt8>) {
        let isGood: Bool
        switch type {
        case .atomicAggregate:
            isGood = value.isEmpty
            update.attributes.isAtomicAggregate = isGood
        case .aggregator:
            update.attributes.aggregator = aggregator(value, isWide: context.isFourOctetAS)
            isGood = update.attributes.aggregator != nil
        default:
            // Between two speakers of 4-octet numbers these have no business (RFC 6793 §6).
            guard !context.isFourOctetAS else {
                return fault(type.rawValue, .attributeDiscard, "from a 4-octet speaker")
            }
            if type == .as4Path {
                update.attributes.as4Path = ASPath(value, isFourOctetAS: true)
                isGood = update.attributes.as4Path != nil
            } else {
                update.attributes.as4Aggregator = aggregator(value, isWide: true)
                isGood = update.attributes.as4Aggregator != nil
            }
        }
        if !isGood { fault(type.rawValue, .attributeDiscard, "\(value.count) octets") }
    }

    private func aggregator(
        _ value: ArraySlice<UInt8>, isWide: Bool
    ) -> PathAttributes.Aggregator? {
        var reader = ByteReader(value)
        // RFC 7607 §2: AS 0 makes it malformed.
        guard value.count == (isWide ? 8 : 6),
            let number = isWide ? reader.uint32() : reader.uint16().map(UInt32.init), number != 0,
            let address = IPAddress(bytes: reader.rest)
        else { return nil }
        return PathAttributes.Aggregator(autonomousSystem: number, address: address)
    }
}
