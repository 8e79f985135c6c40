// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a helper is told: written at once where its pipe takes it, kept up to a bound where it does
/// not, dropped beyond.
struct HelperInput {
    /// Octets kept for a helper that does not read, beside the kernel's 64 KiB: what it will never
    /// read is not worth more.
    static let bytesMax = 64 * 1024

    /// -1 once it is closed.
    private var descriptor: Int32
    private var waiting: [UInt8] = []
    private var isClosed: Bool { descriptor < 0 }
    /// Texts that found no room.
    private(set) var dropped: UInt64 = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    var isWaiting: Bool { !waiting.isEmpty && !isClosed }

    /// Writes a whole text or drops it; returns whether it is the first to be dropped.
    mutating func write(_ text: String) -> Bool {
        guard !text.isEmpty, !isClosed else { return false }
        flush()
        guard waiting.count + text.utf8.count <= Self.bytesMax else {
            dropped += 1
            return dropped == 1
        }
        waiting.append(contentsOf: text.utf8)
        flush()
        return false
    }

    /// Tries again what waits.
    mutating func flush() {
        while !waiting.isEmpty, !isClosed {
            let count = waiting.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                waiting.removeFirst(count)
            } else if errno != EINTR {
                // A program that closed its standard input wants to be told nothing.
                if errno != EAGAIN { close() }
                return
            }
        }
    }

    mutating func close() {
        guard !isClosed else { return }
        Glibc.close(descriptor)
        descriptor = -1
        waiting = []
    }
}
