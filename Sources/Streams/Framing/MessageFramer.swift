// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Cuts a stream into DNS messages.
///
/// ```
/// +---------------+----------------------+
/// | length, 2 oct | message, length oct. |   RFC 1035 §4.2.2
/// +---------------+----------------------+
/// ```
///
/// It holds what was appended and not yet taken; how much that is, is for its owner to bound.
package struct MessageFramer {
    private var buffer = ByteBuffer()

    package init() {}

    package var bufferedBytes: Int { buffer.readableBytes }

    package mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next whole message, its length before it, or `nil` until more has come.
    ///
    /// A slice: who keeps it beyond the current event must copy it, or it keeps the whole read.
    package mutating func next() -> ByteBuffer? {
        guard
            let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self)
        else { return nil }
        return buffer.readSlice(length: 2 + Int(length))
    }

    mutating func clear() { buffer = ByteBuffer() }
}
