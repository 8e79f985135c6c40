// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire

/// A BGP neighbour's stream. The first octet says what the session negotiated and where reads end.
enum RoutingTarget {
    @Sendable static func run(_ bytes: [UInt8]) throws(FuzzFault) {
        let head = bytes.first ?? 0
        let stream = bytes.dropFirst()
        let context = UpdateContext(isFourOctetAS: head & 1 == 0, isInternal: head & 2 != 0)
        let step = max(1, Int(head) << 1)
        var framer = MessageFramer()
        var offset = stream.startIndex
        while offset < stream.endIndex {
            let end = min(stream.endIndex, offset + step)
            framer.append(stream[offset..<end])
            offset = end
            while let frame = try? framer.next() {
                try hold(frame.body.count <= 4096 - 19, "a message beyond 4096 octets")
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
            try hold(error.notification.code > 0, "an error without a code")
            try hold(
                again(error.notification.encoded, context) != nil, "an unreadable NOTIFICATION")
            return
        }
        try check(message, context)
    }

    private static func again(_ bytes: [UInt8], _ context: UpdateContext) -> BGPMessage? {
        var framer = MessageFramer()
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
            try hold(again(open.encoded, context) == message, "another OPEN than \(open)")
        case .notification(let notification):
            _ = notification.shutdownText
            try hold(again(notification.encoded, context) == message, "another \(message)")
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
        let encoder = UpdateEncoder(isFourOctetAS: context.isFourOctetAS)
        for family in [IPAddress.Family.v4, .v6] {
            let gone = update.withdrawn.filter { $0.address.family == family }
            let withdrawn = encoder.withdraw(gone).flatMap { updates($0, context)?.withdrawn ?? [] }
            try hold(withdrawn == gone, "withdraws other prefixes than \(gone)")
            let here = update.announced.filter { $0.address.family == family }
            guard update.faults.isEmpty, !here.isEmpty else { continue }
            for bytes in encoder.announce(here, update.attributes) {
                try hold(bytes.count <= 4096, "an UPDATE of \(bytes.count) octets")
                guard let other = updates(bytes, context) else {
                    throw FuzzFault(description: "our own UPDATE is unreadable: \(update)")
                }
                try hold(other.announced.allSatisfy(here.contains), "announces others")
            }
        }
    }

    private static func updates(_ bytes: [UInt8], _ context: UpdateContext) -> UpdateMessage? {
        guard case .update(let update) = again(bytes, context) else { return nil }
        return update
    }
}
