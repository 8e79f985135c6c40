// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Streams

/// Streams of messages: how they are cut, and where a zone transfer ends.
enum StreamTargets {
    /// The first octet says how many the network brings at once.
    @Sendable static func frames(_ bytes: [UInt8]) throws(FuzzFault) {
        let stream = bytes.dropFirst()
        let step = max(1, Int(bytes.first ?? 0))
        var framer = MessageFramer()
        var taken = 0
        var offset = stream.startIndex
        while offset < stream.endIndex {
            let end = min(stream.endIndex, offset + step)
            framer.append(ByteBuffer(bytes: stream[offset..<end]))
            offset = end
            while var message = framer.next() {
                let size = message.readableBytes
                let length = message.readInteger(as: UInt16.self)
                try hold(length.map { Int($0) + 2 } == size, "a message of another length")
                try hold(
                    message.readBytes(length: size - 2)
                        == Array(stream.dropFirst(taken + 2).prefix(size - 2)),
                    "other octets than came")
                taken += size
            }
            try hold(
                framer.bufferedBytes == offset - stream.startIndex - taken, "octets were lost")
            try hold(framer.bufferedBytes < 2 + 0xffff, "a whole message is kept")
        }
    }

    /// A query, then what its server sends.
    @Sendable static func transfer(_ bytes: [UInt8]) throws(FuzzFault) {
        let messages = framedMessages(bytes.dropFirst(), most: 64)
        guard let query = messages.first else { return }
        let begun = try withExactBytes(query) { ZoneTransfer(query: UnsafeRawBufferPointer($0)) }
        guard var transfer = begun else { return }
        try hold(!transfer.hasBegun, "begun without an answer")
        for message in messages.dropFirst() {
            let step = try withExactBytes(message) { transfer.receive(UnsafeRawBufferPointer($0)) }
            try hold(message.count >= 12 || step == .broken, "an answer shorter than its header")
            guard step == .more else { return }
            try hold(transfer.hasBegun, "not begun after an answer")
        }
    }
}
