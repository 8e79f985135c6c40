// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire

/// A BGP neighbour's stream. The first octet says what the session negotiated and where reads end:
/// 1 AS numbers of two octets, 2 internal, 4 messages of up to 65535 octets, 8 IPv6 alone; twice
/// the octet is how much comes at once.
enum RoutingTarget {
    @Sendable static func run(_ bytes: [UInt8]) throws(FuzzFault) {
        let head = bytes.first ?? 0
        let stream = bytes.dropFirst()
        let context = UpdateContext(
            isFourOctetAS: head & 1 == 0, isInternal: head & 2 != 0,
            families: head & 8 == 0 ? nil : [.ipv6Unicast])
        let step = max(1, Int(head) << 1)
        var framer = MessageFramer()
        if head & 4 != 0 { framer.bytesMax = MessageFramer.extendedMessageBytesMax }
        var offset = stream.startIndex
        while offset < stream.endIndex {
            let end = min(stream.endIndex, offset + step)
            framer.append(stream[offset..<end])
            offset = end
            while let frame = try? framer.next() {
                try hold(frame.body.count <= framer.bytesMax - 19, "a message beyond its bound")
                try read(frame, context)
            }
        }
    }

    private static func read(
        _ frame: MessageFramer.Frame, _ context: UpdateContext
    ) throws(FuzzFault) {
        let message: BGPMessage
        do throws(BGPWireError) {
            message = try BGPMessage(frame, context: context)
        } catch {
            let notification = error.notification
            try hold(notification.code > 0, "an error without a code")
            try hold(again(notification.encoded, context) != nil, "an unreadable NOTIFICATION")
            // RFC 7606: what costs a session is a list that is none, or routes that are not there.
            try hold(
                frame.type != .update
                    || notification.code == 3
                        && (notification.subcode == 1 || notification.subcode == 9),
                "an UPDATE answered by \(notification)")
            return
        }
        try check(message, context)
    }

    private static func again(_ bytes: [UInt8], _ context: UpdateContext) -> BGPMessage? {
        var framer = MessageFramer()
        framer.bytesMax = MessageFramer.extendedMessageBytesMax
        framer.append(bytes)
        guard let frame = try? framer.next() else { return nil }
        return try? BGPMessage(frame, context: context)
    }

    /// What was read is written and read again.
    private static func check(
        _ message: BGPMessage, _ context: UpdateContext
    ) throws(FuzzFault) {
        try hold(!message.description.isEmpty, "a message without a text")
        switch message {
        case .open(let open):
            let bytes = open.encoded
            try hold(
                bytes.count > MessageFramer.messageBytesMax || again(bytes, context) == message,
                "another OPEN than \(open)")
        case .notification(let notification):
            _ = notification.shutdownText
            try hold(
                notification.data.count > MessageFramer.messageBytesMax - 21
                    || again(notification.encoded, context) == message, "another \(message)")
        case .routeRefresh(let refresh):
            try hold(again(refresh.encoded, context) == message, "another \(message)")
        case .keepalive: break
        case .update(let update): try check(update, context)
        }
    }

    private static func check(
        _ update: UpdateMessage, _ context: UpdateContext
    ) throws(FuzzFault) {
        try hold(
            !update.isTreatedAsWithdraw || update.announced.isEmpty,
            "announces what counts as withdrawn")
        _ = update.attributes.fullASPath?.hops
        let all = update.announced + update.withdrawn
        for family in update.disabledFamilies {
            try hold(
                all.allSatisfy { AddressFamily(unicast: $0.address.family) != family },
                "believes what it could not read")
        }
        try hold(
            context.families == nil || all.allSatisfy { $0.address.family == .v6 },
            "prefixes of a family that was not agreed on")
        let encoder = UpdateEncoder(
            isFourOctetAS: context.isFourOctetAS,
            extendedBytesMax: MessageFramer.extendedMessageBytesMax, hasExtendedNextHop: true)
        for family in [IPAddress.Family.v4, .v6] {
            let gone = update.withdrawn.filter { $0.address.family == family }
            let withdrawn = encoder.withdraw(gone).flatMap { updates($0, context)?.withdrawn ?? [] }
            try hold(withdrawn == gone, "withdraws other prefixes than \(gone)")
            let here = update.announced.filter { $0.address.family == family }
            guard update.faults.isEmpty, !here.isEmpty else { continue }
            try check(here, update.attributes, encoder, context)
        }
    }

    private static func check(
        _ prefixes: [IPPrefix], _ attributes: PathAttributes, _ encoder: UpdateEncoder,
        _ context: UpdateContext
    ) throws(FuzzFault) {
        var found: [IPPrefix] = []
        let messages = encoder.announce(prefixes, attributes)
        for bytes in messages {
            guard let other = updates(bytes, context) else {
                throw FuzzFault(description: "our own UPDATE is unreadable: \(attributes)")
            }
            found += other.announced
            try hold(other.faults.isEmpty, "our own UPDATE has faults: \(other)")
            guard context.isFourOctetAS else { continue }
            try hold(
                other.attributes == asSent(attributes),
                "other attributes than \(attributes): \(other.attributes)")
        }
        try hold(messages.isEmpty || found == prefixes, "announces other prefixes")
    }

    /// What of received attributes an announcer sends on: all but a reflector's, in order, once.
    private static func asSent(_ attributes: PathAttributes) -> PathAttributes {
        var sent = attributes
        sent.communities = Set(sent.communities).sorted()
        sent.extendedCommunities = Set(sent.extendedCommunities).sorted()
        sent.largeCommunities = Set(sent.largeCommunities).sorted()
        sent.raw.sort()
        sent.originatorID = nil
        sent.clusterList = []
        if sent.nextHop?.family == .v4 { sent.linkLocalNextHop = nil }
        return sent
    }

    private static func updates(_ bytes: [UInt8], _ context: UpdateContext) -> UpdateMessage? {
        guard case .update(let update) = again(bytes, context) else { return nil }
        return update
    }
}
