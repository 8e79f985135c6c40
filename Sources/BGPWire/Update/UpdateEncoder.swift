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

    public init(
        isFourOctetAS: Bool, messageBytesMax: Int = MessageFramer.messageBytesMax
    ) {
        self.isFourOctetAS = isFourOctetAS
        self.messageBytesMax = messageBytesMax
    }

    /// Header, two lengths.
    private static let fixedBytes = MessageFramer.headerBytes + 4

    /// Announces `prefixes`, which are all of one family, with `attributes`.
    ///
    /// Empty when there is no next hop of a kind that the family can carry, or when the attributes
    /// alone fill a message.
    public func announce(_ prefixes: [IPPrefix], _ attributes: PathAttributes) -> [[UInt8]] {
        guard let family = prefixes.first?.address.family, let nextHop = attributes.nextHop else {
            return []
        }
        switch family {
        case .v4:
            guard nextHop.family == .v4 else { return [] }
            let list = encode(attributes, nextHop: nextHop)
            return pack(prefixes, room: messageBytesMax - Self.fixedBytes - list.count) {
                Self.message(withdrawn: [], attributes: list, nlri: $0)
            }
        case .v6:
            guard nextHop.family == .v6 else { return [] }
            let list = encode(attributes, nextHop: nil)
            let hop = nextHop.bytes + (attributes.linkLocalNextHop?.bytes ?? [])
            var head: [UInt8] = []
            head.append(bigEndian: AddressFamily.ipv6Unicast.afi)
            head += [AddressFamily.ipv6Unicast.safi, UInt8(hop.count)]
            head += hop
            head.append(0)
            // 4 octets of the attribute's own header, when its length is extended.
            let room = messageBytesMax - Self.fixedBytes - list.count - head.count - 4
            return pack(prefixes, room: room) { nlri in
                let reach = Self.attribute(.multiprotocolReach, head + nlri)
                return Self.message(withdrawn: [], attributes: reach + list, nlri: [])
            }
        }
    }

    /// Withdraws `prefixes`, which are all of one family.
    public func withdraw(_ prefixes: [IPPrefix]) -> [[UInt8]] {
        guard let family = prefixes.first?.address.family else { return [] }
        switch family {
        case .v4:
            return pack(prefixes, room: messageBytesMax - Self.fixedBytes) {
                Self.message(withdrawn: $0, attributes: [], nlri: [])
            }
        case .v6:
            return pack(prefixes, room: messageBytesMax - Self.fixedBytes - 4 - 3) {
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
            withdrawn: [], attributes: attribute(.multiprotocolUnreach, value + nlri), nlri: [])
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

    private func pack(
        _ prefixes: [IPPrefix], room: Int, _ build: ([UInt8]) -> [UInt8]
    ) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var nlri: [UInt8] = []
        // The longest prefix has 17 octets; attributes that leave no room for one are not sent.
        guard room >= 17 else { return [] }
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
