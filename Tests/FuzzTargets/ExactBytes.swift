// SPDX-License-Identifier: Apache-2.0

/// Copies bytes to memory of their own of exactly this size and `room` more, for the call.
func withExactBytes<Result>(
    _ bytes: [UInt8], room: Int = 0,
    _ body: (UnsafeMutableRawBufferPointer) throws(FuzzFault) -> Result
) throws(FuzzFault) -> Result {
    let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: bytes.count + room, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    for offset in bytes.count..<memory.count { memory[offset] = 0xa5 }
    return try body(memory)
}

extension UnsafeMutableRawBufferPointer {
    func first(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self[..<count])
    }
}

extension UnsafeRawBufferPointer {
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}

/// Messages with their lengths before them, two octets each, as DNS over TCP has them; the last may be
/// cut short.
func framedMessages(_ bytes: ArraySlice<UInt8>, most: Int) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var rest = bytes
    while messages.count < most, rest.count >= 2 {
        let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
        rest = rest.dropFirst(2)
        messages.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
    }
    return messages
}
