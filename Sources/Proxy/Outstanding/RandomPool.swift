// SPDX-License-Identifier: Apache-2.0

import CLinux

/// The kernel's random numbers, fetched many at a time: what identifiers and ports are made of.
struct RandomPool: ~Copyable {
    /// One `getrandom` call for 2 048 identifiers; the kernel gives up to 256 without interruption.
    private static let bytes = 4_096

    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: 64)
    private var position = Self.bytes

    deinit {
        buffer.deallocate()
    }

    mutating func nextWord() -> UInt16 {
        if position + 2 > Self.bytes {
            clinux_random(buffer, Self.bytes)
            position = 0
        }
        defer { position += 2 }
        return buffer.load(fromByteOffset: position, as: UInt16.self)
    }

    /// A number below `bound` (1 to 256), by multiplication: the bias is below 256/65 536.
    mutating func next(below bound: Int) -> Int {
        bound == 1 ? 0 : (Int(nextWord()) &* bound) >> 16
    }
}
