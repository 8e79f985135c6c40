// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Builds UPDATE messages, each with header: attributes in ascending order of type, MP_REACH_NLRI
/// or MP_UNREACH_NLRI before them all and never beside IPv4 prefixes (RFC 7606 §5.1), as many
/// prefixes of equal attributes in a message as it holds.
public struct UpdateEncoder: Sendable {
    /// Both sides offered 4-octet AS numbers (RFC 6793).
    public var isFourOctetAS: Bool
    /// Octets of a message, header included.
    public var messageBytesMax: Int
    /// What a set of attributes may take that leaves no room for a prefix in
    /// ``messageBytesMax``: more where the peer reads extended messages (RFC 8654).
    public var extendedBytesMax: Int
    /// IPv4 prefixes may have an IPv6 next hop (RFC 8950).
    public var hasExtendedNextHop: Bool

    public init(
        isFourOctetAS: Bool, messageBytesMax: Int = MessageFramer.messageBytesMax,
        extendedBytesMax: Int? = nil, hasExtendedNextHop: Bool = false
    ) {
        self.isFourOctetAS = isFourOctetAS
        self.messageBytesMax = messageBytesMax
        self.extendedBytesMax = extendedBytesMax ?? messageBytesMax
        self.hasExtendedNextHop = hasExtendedNextHop
    }

    /// Header, two lengths.
    private static let fixedBytes = MessageFramer.headerBytes + 4
    /// The longest prefix: attributes that leave no room for it are not sent.
    private static let prefixBytesMax = 17

    /// Announces `prefixes`, which are all of one family, with `attributes`.
    ///
    /// Empty when there is no next hop of a kind that the family can carry, or when the attributes
    /// alone fill a message.
    public func announce(_ prefixes: [IPPrefix], _ attributes: PathAttributes) -> [[UInt8]] {
        guard let family = prefixes.first?.address.family, let nextHop = attributes.nextHop else {
            return []
        }
        if family == .v4, nextHop.family == .v4 {
            guard let list = encode(attributes, nextHop: nextHop) else { return [] }
            return pack(prefixes, taken: Self.fixedBytes + list.count) {
                Self.message(withdrawn: [], attributes: list, nlri: $0)
            }
        }
        guard nextHop.family == .v6, family == .v6 || hasExtendedNextHop,
            let list = encode(attributes, nextHop: nil)
        else { return [] }
        let head = Self.reachHead(family, nextHop, attributes.linkLocalNextHop)
        // 4 octets of the attribute's own header, when its length is extended.
        return pack(prefixes, taken: Self.fixedBytes + list.count + head.count + 4) { nlri in
            let reach = AttributeList.attribute(.multiprotocolReach, head + nlri)
            return Self.message(withdrawn: [], attributes: reach + list, nlri: [])
        }
    }

    /// MP_REACH_NLRI up to its prefixes (RFC 4760 §3).
    private static func reachHead(
        _ family: IPAddress.Family, _ nextHop: IPAddress, _ linkLocal: IPAddress?
    ) -> [UInt8] {
        let hop = nextHop.bytes + (linkLocal?.bytes ?? [])
        let family = AddressFamily(unicast: family)
        var head: [UInt8] = []
        head.append(bigEndian: family.afi)
        head += [family.safi, UInt8(hop.count)]
        return head + hop + [0]
    }

    /// Withdraws `prefixes`, which are all of one family.
    public func withdraw(_ prefixes: [IPPrefix]) -> [[UInt8]] {
        guard let family = prefixes.first?.address.family else { return [] }
        switch family {
        case .v4:
            return pack(prefixes, taken: Self.fixedBytes) {
                Self.message(withdrawn: $0, attributes: [], nlri: [])
            }
        case .v6:
            return pack(prefixes, taken: Self.fixedBytes + 4 + 3) {
                Self.unreach(.ipv6Unicast, $0)
            }
        }
    }

    /// RFC 4724 §2: for IPv4 unicast an empty UPDATE, else an empty MP_UNREACH_NLRI.
    public func endOfRIB(_ family: AddressFamily) -> [UInt8] {
        family == .ipv4Unicast
            ? Self.message(withdrawn: [], attributes: [], nlri: []) : Self.unreach(family, [])
    }

    private static func unreach(_ family: AddressFamily, _ nlri: [UInt8]) -> [UInt8] {
        var value: [UInt8] = []
        value.append(bigEndian: family.afi)
        value.append(family.safi)
        return message(
            withdrawn: [], attributes: AttributeList.attribute(.multiprotocolUnreach, value + nlri),
            nlri: [])
    }

    private static func message(
        withdrawn: [UInt8], attributes: [UInt8], nlri: [UInt8]
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(4 + withdrawn.count + attributes.count + nlri.count)
        body.append(bigEndian: UInt16(withdrawn.count))
        body += withdrawn
        body.append(bigEndian: UInt16(attributes.count))
        body += attributes
        body += nlri
        return MessageFramer.frame(.update, body)
    }

    /// As many prefixes in each message as it holds beside the `taken` octets of the rest.
    private func pack(
        _ prefixes: [IPPrefix], taken: Int, _ build: ([UInt8]) -> [UInt8]
    ) -> [[UInt8]] {
        var room = messageBytesMax - taken
        if room < Self.prefixBytesMax { room = extendedBytesMax - taken }
        guard room >= Self.prefixBytesMax else { return [] }
        var messages: [[UInt8]] = []
        var nlri: [UInt8] = []
        for prefix in prefixes {
            if nlri.count + prefix.encodedBytes > room {
                messages.append(build(nlri))
                nlri.removeAll(keepingCapacity: true)
            }
            prefix.encode(into: &nlri)
        }
        if !nlri.isEmpty { messages.append(build(nlri)) }
        return messages
    }
}
