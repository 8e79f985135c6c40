// SPDX-License-Identifier: Apache-2.0

/// Which of the 256 types an UPDATE has: 32 octets, no allocation.
struct AttributeSet {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Whether it was not there before.
    mutating func insert(_ type: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(type & 63)
        let isNew = word(type) & bit == 0
        switch type >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
        return isNew
    }

    func contains(_ type: AttributeType) -> Bool {
        word(type.rawValue) & UInt64(1) << UInt64(type.rawValue & 63) != 0
    }

    /// Whether some attribute other than MP_UNREACH_NLRI is there.
    var saysMoreThanUnreach: Bool {
        let unreach = UInt64(1) << UInt64(AttributeType.multiprotocolUnreach.rawValue)
        return words.0 & ~unreach | words.1 | words.2 | words.3 != 0
    }

    private func word(_ type: UInt8) -> UInt64 {
        switch type >> 6 {
        case 0: words.0
        case 1: words.1
        case 2: words.2
        default: words.3
        }
    }
}
