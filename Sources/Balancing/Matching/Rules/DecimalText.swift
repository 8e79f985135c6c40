// SPDX-License-Identifier: Apache-2.0

/// Numbers that scripts give as text.
enum DecimalText {
    /// Digits alone, as a 32-bit number; `nil` for anything else.
    static func number(_ text: UnsafeRawBufferPointer) -> UInt32? {
        guard !text.isEmpty, text.count <= 10 else { return nil }
        var value: UInt64 = 0
        for octet in text {
            guard (0x30...0x39).contains(octet) else { return nil }
            value = value * 10 + UInt64(octet - 0x30)
        }
        return UInt32(exactly: value)
    }
}
