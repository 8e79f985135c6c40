// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Probing

/// Catches an off-by-one at the buffer's bound and at the peer's close.
@Suite struct StreamBufferTests {
    @Test func partsJoinIntoLines() {
        var buffer = StreamBuffer(bytesMax: 16)
        #expect(buffer.take(.line, hasEnded: false) == .needsMore)
        buffer.append(Array("ab".utf8))
        #expect(buffer.take(.line, hasEnded: false) == .needsMore)
        buffer.append(Array("c\r\nd".utf8))
        #expect(buffer.take(.line, hasEnded: false) == .bytes(Array("abc".utf8)))
        #expect(buffer.take(.line, hasEnded: true) == .bytes(Array("d".utf8)))
        #expect(buffer.take(.line, hasEnded: true) == .end)
    }

    @Test func boundIsExact() {
        var buffer = StreamBuffer(bytesMax: 4)
        buffer.append([1, 2, 3, 4])
        #expect(!buffer.hasOverflowed)
        #expect(buffer.take(.line, hasEnded: false) == .tooLong)
        #expect(buffer.take(.count(5), hasEnded: false) == .tooLong)
        buffer.append([5])
        #expect(buffer.hasOverflowed)
        #expect(buffer.take(.count(4), hasEnded: false) == .bytes([1, 2, 3, 4]))
        #expect(buffer.take(.count(1), hasEnded: true) == .tooLong)
    }

    @Test func readOfNothingIsNothing() {
        var buffer = StreamBuffer()
        #expect(buffer.take(.count(0), hasEnded: false) == .bytes([]))
    }
}
