// SPDX-License-Identifier: Apache-2.0

import Addressing

/// Decodes one UPDATE, collecting what RFC 7606 forgives and throwing what it does not.
///
/// The rule behind each case is in §7 of that RFC: an attribute whose error can change which route
/// a router picks makes its routes withdrawn; one that cannot is dropped; only when the prefixes
/// themselves cannot be located is the session reset.
struct UpdateDecoder {
    let context: UpdateContext
    var update = UpdateMessage()
    private var seen: Set<UInt8> = []
    private var multiprotocolAnnounced: [IPPrefix] = []
    private var multiprotocolNextHop: (address: IPAddress, linkLocal: IPAddress?)?

    init(context: UpdateContext) {
        self.context = context
    }

    mutating func decode(_ body: [UInt8]) throws(BGPWireError) -> UpdateMessage {
        var reader = ByteReader(body[...])
        guard let withdrawnLength = reader.uint16(),
            let withdrawn = reader.bytes(Int(withdrawnLength)),
            let attributesLength = reader.uint16(),
            let attributes = reader.bytes(Int(attributesLength))
        else { throw BGPWireError.attributeList("the lengths exceed the message") }
        update.withdrawn = try Self.prefixes(withdrawn, .v4, "withdrawn routes")
        let announced = try Self.prefixes(reader.rest, .v4, "NLRI")
        try decodeAttributes(attributes)
        if body.count == 4 { update.endOfRIB = .ipv4Unicast }
        finish(announced)
        return update
    }

    private static func prefixes(
        _ bytes: ArraySlice<UInt8>, _ family: IPAddress.Family, _ field: String
    ) throws(BGPWireError) -> [IPPrefix] {
        var reader = ByteReader(bytes)
        guard let found = reader.prefixes(family) else {
            throw BGPWireError.networkField("\(field): a prefix does not fit")
        }
        return found
    }

    private mutating func decodeAttributes(_ bytes: ArraySlice<UInt8>) throws(BGPWireError) {
        var reader = ByteReader(bytes)
        while let flags = reader.octet() {
            guard let type = reader.octet(),
                let length = flags & AttributeType.extendedLengthFlag == 0
                    ? reader.octet().map(Int.init) : reader.uint16().map(Int.init),
                let value = reader.bytes(length)
            else {
                // §4: the attributes' total length still tells where the NLRI begins.
                update.faults.append(
                    AttributeFault(0, .treatAsWithdraw, "the last one runs past the list"))
                return
            }
            try decodeAttribute(type, flags: flags, value)
        }
    }

    private mutating func decodeAttribute(
        _ type: UInt8, flags: UInt8, _ value: ArraySlice<UInt8>
    ) throws(BGPWireError) {
        let isFirst = seen.insert(type).inserted
        guard let known = AttributeType(rawValue: type) else {
            if flags & AttributeType.optionalFlag == 0 {
                fault(type, .treatAsWithdraw, "unrecognized well-known attribute")
            }
            return
        }
        let isMultiprotocol = known == .multiprotocolReach || known == .multiprotocolUnreach
        guard isFirst else {
            // §3(g): twice the same is dropped, but of these two it leaves the routes unknown.
            guard !isMultiprotocol else {
                throw BGPWireError.attributeList("\(known.name) is there twice")
            }
            fault(type, .attributeDiscard, "it is there twice")
            return
        }
        let mask = AttributeType.optionalFlag | AttributeType.transitiveFlag
        guard flags & mask == known.flags else {
            let consequence: AttributeFault.Consequence =
                known == .atomicAggregate || known == .aggregator || known == .as4Path
                    || known == .as4Aggregator
                ? .attributeDiscard : .treatAsWithdraw
            fault(type, consequence, "flags \(String(flags, radix: 16))")
            if isMultiprotocol { try decodeMultiprotocol(known, value) }
            return
        }
        if isMultiprotocol {
            try decodeMultiprotocol(known, value)
        } else {
            decodeValue(known, value)
        }
    }

    mutating func fault(
        _ type: UInt8, _ consequence: AttributeFault.Consequence, _ detail: String
    ) {
        update.faults.append(AttributeFault(type, consequence, detail))
    }

    private mutating func decodeMultiprotocol(
        _ type: AttributeType, _ value: ArraySlice<UInt8>
    ) throws(BGPWireError) {
        var reader = ByteReader(value)
        guard let afi = reader.uint16(), let safi = reader.octet() else {
            throw BGPWireError.optionalAttribute("\(type.name) without a family")
        }
        let family = AddressFamily(afi: afi, safi: safi)
        guard type == .multiprotocolReach else {
            // A family that was never negotiated is nobody's: its prefixes are not looked at.
            guard let kind = family.addressFamily else { return }
            guard let prefixes = reader.prefixes(kind) else {
                throw BGPWireError.optionalAttribute("\(type.name): a prefix does not fit")
            }
            update.withdrawn += prefixes
            if prefixes.isEmpty { update.endOfRIB = family }
            return
        }
        guard let length = reader.octet(), let hop = reader.bytes(Int(length)),
            reader.octet() != nil
        else { throw BGPWireError.optionalAttribute("\(type.name): the next hop does not fit") }
        guard let kind = family.addressFamily else { return }
        guard let nextHop = Self.nextHop(hop) else {
            throw BGPWireError.optionalAttribute("\(type.name): next hop of \(length) octets")
        }
        guard let prefixes = reader.prefixes(kind) else {
            throw BGPWireError.optionalAttribute("\(type.name): a prefix does not fit")
        }
        multiprotocolNextHop = nextHop
        multiprotocolAnnounced = prefixes
    }

    /// 4 octets, 16, or 32 with a link-local second half (RFC 4760 §3, RFC 2545 §3).
    private static func nextHop(
        _ octets: ArraySlice<UInt8>
    ) -> (address: IPAddress, linkLocal: IPAddress?)? {
        switch octets.count {
        case 4, 16:
            return IPAddress(bytes: octets).map { ($0, nil) }
        case 32:
            guard let first = IPAddress(bytes: octets.prefix(16)) else { return nil }
            return (first, IPAddress(bytes: octets.suffix(16)))
        default:
            return nil
        }
    }

    private mutating func finish(_ announced: [IPPrefix]) {
        if announced.isEmpty, let hop = multiprotocolNextHop {
            // NEXT_HOP beside MP_REACH_NLRI alone means nothing (RFC 4760 §3).
            update.attributes.nextHop = hop.address
            update.attributes.linkLocalNextHop = hop.linkLocal
        }
        let all = announced + multiprotocolAnnounced
        if !all.isEmpty { requireMandatory(hasBodyPrefixes: !announced.isEmpty) }
        if update.isTreatedAsWithdraw {
            update.withdrawn += all
        } else {
            update.announced = all
        }
    }

    /// §3(d).
    private mutating func requireMandatory(hasBodyPrefixes: Bool) {
        var mandatory: [AttributeType] = [.origin, .asPath]
        if hasBodyPrefixes { mandatory.append(.nextHop) }
        for type in mandatory where !seen.contains(type.rawValue) {
            fault(type.rawValue, .treatAsWithdraw, "missing")
        }
    }
}

extension UpdateMessage {
    public init(body: [UInt8], context: UpdateContext) throws(BGPWireError) {
        var decoder = UpdateDecoder(context: context)
        self = try decoder.decode(body)
    }
}
