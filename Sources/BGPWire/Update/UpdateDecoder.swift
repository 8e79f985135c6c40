// SPDX-License-Identifier: Apache-2.0

import Addressing

/// Decodes one UPDATE, collecting what RFC 7606 forgives and throwing what it does not.
///
/// The rule behind each case is in §7 of that RFC: an attribute whose error can change which route
/// a router picks makes its routes withdrawn; one that cannot is dropped. Where the prefixes
/// themselves cannot be told the RFC leaves a choice between the session's reset and ignoring
/// their family from then on. We import nothing, so ignoring costs nothing and a reset our own
/// routes: the session ends only where not even the family is certain, or where the message is
/// no list of attributes at all.
struct UpdateDecoder {
    let context: UpdateContext
    var update = UpdateMessage()
    var seen = AttributeSet()
    private var multiprotocolAnnounced: [IPPrefix] = []
    private var multiprotocolNextHop: (address: IPAddress, linkLocal: IPAddress?)?
    /// MP_REACH_NLRI has prefixes, of whatever family.
    private var hasMultiprotocolPrefixes = false

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
        update.withdrawn = bodyPrefixes(withdrawn, "withdrawn routes")
        let hasBodyPrefixes = !reader.isEmpty
        let announced = bodyPrefixes(reader.rest, "NLRI")
        try decodeAttributes(attributes)
        if body.count == 4, context.carries(.ipv4Unicast) { update.endOfRIB = .ipv4Unicast }
        finish(announced)
        // §5.2: attributes of routes that are not there. Where they are in error too, what was
        // taken for the rest may have been the routes.
        let hasRoutes = hasBodyPrefixes || hasMultiprotocolPrefixes
        if update.isTreatedAsWithdraw, !hasRoutes, seen.saysMoreThanUnreach {
            let first = update.faults.first { $0.consequence == .treatAsWithdraw }
            throw BGPWireError.attributeList(
                "no routes, and \(first?.cause ?? "a malformed attribute")")
        }
        return update
    }

    /// The IPv4 prefixes of the body. Of a family that was not negotiated nothing is read.
    private mutating func bodyPrefixes(
        _ bytes: ArraySlice<UInt8>, _ field: String
    ) -> [IPPrefix] {
        guard !bytes.isEmpty, context.carries(.ipv4Unicast) else { return [] }
        var reader = ByteReader(bytes)
        guard let found = reader.prefixes(.v4) else {
            disable(.ipv4Unicast, type: 0, "\(field): a prefix does not fit")
            return []
        }
        return found
    }

    private mutating func disable(_ family: AddressFamily, type: UInt8, _ detail: String) {
        fault(type, .familyDisable, detail)
        if !update.disabledFamilies.contains(family) { update.disabledFamilies.append(family) }
    }

    private mutating func decodeAttributes(_ bytes: ArraySlice<UInt8>) throws(BGPWireError) {
        var reader = ByteReader(bytes)
        while let flags = reader.octet() {
            guard let type = reader.octet(),
                let length = flags & AttributeType.extendedLengthFlag == 0
                    ? reader.octet().map(Int.init) : reader.uint16().map(Int.init),
                let value = reader.bytes(length)
            else {
                // §4: the attributes' total length still tells where the NLRI begins. It is there
                // and unread: type 0 is nobody's.
                _ = seen.insert(0)
                fault(0, .treatAsWithdraw, "the last one runs past the list")
                return
            }
            try decodeAttribute(type, flags: flags, value)
        }
    }

    private mutating func decodeAttribute(
        _ type: UInt8, flags: UInt8, _ value: ArraySlice<UInt8>
    ) throws(BGPWireError) {
        let isFirst = seen.insert(type)
        guard let known = AttributeType(rawValue: type) else {
            return decodeUnknown(type, flags: flags, value, isFirst: isFirst)
        }
        guard isFirst else {
            // §3(g): twice the same is dropped, but of these two it leaves the routes unknown.
            guard !known.isMultiprotocol else {
                throw BGPWireError.attributeList("\(known.name) is there twice")
            }
            return fault(type, .attributeDiscard, "it is there twice")
        }
        let mask = AttributeType.optionalFlag | AttributeType.transitiveFlag
        guard flags & mask == known.flags else {
            fault(
                type, known.isDiscardable ? .attributeDiscard : .treatAsWithdraw,
                "flags \(String(flags, radix: 16))")
            if known.isMultiprotocol { try decodeMultiprotocol(known, value) }
            return
        }
        if known.isMultiprotocol {
            try decodeMultiprotocol(known, value)
        } else {
            decodeValue(known, value)
        }
    }

    private mutating func decodeUnknown(
        _ type: UInt8, flags: UInt8, _ value: ArraySlice<UInt8>, isFirst: Bool
    ) {
        guard flags & AttributeType.optionalFlag != 0 else {
            return fault(type, .treatAsWithdraw, "unrecognized well-known attribute")
        }
        guard isFirst else { return fault(type, .attributeDiscard, "it is there twice") }
        // One that is not transitive ends here (RFC 4271 §9).
        guard flags & AttributeType.transitiveFlag != 0,
            let raw = RawAttribute(
                type: type, isPartial: flags & AttributeType.partialFlag != 0, value: Array(value))
        else { return }
        update.attributes.raw.append(raw)
    }

    mutating func fault(
        _ type: UInt8, _ consequence: AttributeFault.Consequence, _ detail: String
    ) {
        update.faults.append(AttributeFault(type, consequence, detail))
    }

    // MARK: Multiprotocol

    private mutating func decodeMultiprotocol(
        _ type: AttributeType, _ value: ArraySlice<UInt8>
    ) throws(BGPWireError) {
        var reader = ByteReader(value)
        guard let afi = reader.uint16(), let safi = reader.octet() else {
            throw BGPWireError.optionalAttribute("\(type.name) without a family")
        }
        let family = AddressFamily(afi: afi, safi: safi)
        if type == .multiprotocolReach {
            decodeReach(family, &reader)
        } else {
            decodeUnreach(family, &reader)
        }
    }

    private mutating func decodeUnreach(_ family: AddressFamily, _ reader: inout ByteReader) {
        guard let kind = family.addressFamily, context.carries(family) else { return }
        guard let prefixes = reader.prefixes(kind) else {
            return disable(
                family, type: AttributeType.multiprotocolUnreach.rawValue,
                "a prefix of \(family) does not fit")
        }
        update.withdrawn += prefixes
        if prefixes.isEmpty { update.endOfRIB = family }
    }

    private mutating func decodeReach(_ family: AddressFamily, _ reader: inout ByteReader) {
        let type = AttributeType.multiprotocolReach.rawValue
        // Until they are found to be none: an attribute that cannot be read has some.
        hasMultiprotocolPrefixes = true
        guard let kind = family.addressFamily, context.carries(family) else { return }
        guard let length = reader.octet(), let hop = reader.bytes(Int(length)),
            reader.octet() != nil
        else { return disable(family, type: type, "the next hop of \(family) does not fit") }
        guard let nextHop = Self.nextHop(hop) else {
            return disable(family, type: type, "a next hop of \(length) octets for \(family)")
        }
        guard let prefixes = reader.prefixes(kind) else {
            return disable(family, type: type, "a prefix of \(family) does not fit")
        }
        hasMultiprotocolPrefixes = !prefixes.isEmpty
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

    // MARK: The whole

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
        let disabled = update.disabledFamilies
        guard !disabled.isEmpty else { return }
        // What else the message says of them is as little worth.
        let isLost = { (prefix: IPPrefix) in
            disabled.contains(AddressFamily(unicast: prefix.address.family))
        }
        update.announced.removeAll(where: isLost)
        update.withdrawn.removeAll(where: isLost)
    }

    /// §3(d).
    private mutating func requireMandatory(hasBodyPrefixes: Bool) {
        var mandatory: [AttributeType] = [.origin, .asPath]
        if hasBodyPrefixes { mandatory.append(.nextHop) }
        for type in mandatory where !seen.contains(type) {
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
