// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import Streams

/// Catches a message that is lost or torn where the stream was cut.
@Suite struct MessageFramerTests {
    /// Messages of 0, 1, 300 and 3 octets.
    private static let samples: [[UInt8]] = [
        [], [9], [UInt8](repeating: 5, count: 300), [1, 2, 3],
    ]
    private static let stream: [UInt8] = samples.flatMap { Message.framed($0) }

    private func messages(cutAt cuts: [Int]) -> [[UInt8]] {
        var framer = MessageFramer()
        var found: [[UInt8]] = []
        var start = 0
        for cut in cuts + [Self.stream.count] {
            framer.append(ByteBuffer(bytes: Self.stream[start..<cut]))
            start = cut
            while var message = framer.next() {
                found.append(message.readBytes(length: message.readableBytes) ?? [])
            }
        }
        #expect(framer.bufferedBytes == 0)
        return found
    }

    @Test(arguments: 0...310)
    func aCutAnywhereChangesNothing(cut: Int) {
        #expect(messages(cutAt: [cut]) == Self.samples.map { Message.framed($0) })
    }

    @Test func singleOctetsMakeWholeMessages() {
        #expect(
            messages(cutAt: Array(1..<Self.stream.count)) == Self.samples.map { Message.framed($0) }
        )
    }

    @Test func theLargestMessageFits() {
        var framer = MessageFramer()
        let message = Message.framed([UInt8](repeating: 1, count: 65_535))
        framer.append(ByteBuffer(bytes: message.dropLast()))
        #expect(framer.next() == nil)
        framer.append(ByteBuffer(bytes: message.suffix(1)))
        #expect(framer.next()?.readableBytes == 65_537)
    }
}
