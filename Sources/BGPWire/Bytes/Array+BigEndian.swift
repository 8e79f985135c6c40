// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends the octets of `value`, the highest first.
    mutating func append(bigEndian value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Overwrites two octets at `offset`, for a length that is known only afterwards.
    mutating func replace(at offset: Int, bigEndian value: UInt16) {
        self[offset] = UInt8(value >> 8)
        self[offset + 1] = UInt8(value & 0xff)
    }
}
