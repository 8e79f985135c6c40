// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Cuts what a helper writes into lines.
struct HelperOutput {
    /// Octets of one line: far beyond any command; ExaBGP has no bound.
    static let lineBytesMax = 1 << 20

    private var buffer = ByteBuffer()
    /// Octets that are known to hold no line feed.
    private var searched = 0
    /// Inside a line that is too long.
    private var isSkipping = false
    /// Lines that were dropped for their length.
    private(set) var tooLong: UInt64 = 0

    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        if buffer.readableBytes == 0 {
            buffer = bytes
            searched = 0
        } else {
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole line, without its end.
    mutating func next() -> String? {
        while true {
            let view = buffer.readableBytesView
            let start = view.startIndex + searched
            guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                searched = view.count
                if searched > Self.lineBytesMax {
                    isSkipping = true
                    buffer.clear()
                    searched = 0
                }
                return nil
            }
            let length = end - view.startIndex
            var line = buffer.readSlice(length: length)
            buffer.moveReaderIndex(forwardBy: 1)
            searched = 0
            if isSkipping {
                isSkipping = false
                tooLong += 1
                continue
            }
            if buffer.readerIndex > Self.lineBytesMax { buffer.discardReadBytes() }
            let text = line?.readString(length: length) ?? ""
            return text.last == "\r" ? String(text.dropLast()) : text
        }
    }

    /// Whether ``next()`` has something.
    var hasLine: Bool {
        let view = buffer.readableBytesView
        return view[(view.startIndex + searched)...].contains(UInt8(ascii: "\n"))
    }
}
