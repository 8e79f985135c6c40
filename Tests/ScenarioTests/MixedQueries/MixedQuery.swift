// SPDX-License-Identifier: Apache-2.0

/// One generated query, as its client sends it.
struct MixedQuery: Sendable {
    /// What it is about, in a word or two.
    let kind: String
    var bytes: [UInt8]
    let overTCP: Bool
    /// On a connection of its own: it may cost its neighbours theirs.
    var isAlone = false

    var id: UInt16 {
        get { bytes.count < 2 ? 0 : UInt16(bytes[0]) << 8 | UInt16(bytes[1]) }
        set {
            guard bytes.count >= 2 else { return }
            bytes[0] = UInt8(newValue >> 8)
            bytes[1] = UInt8(newValue & 0xff)
        }
    }

    private func word(_ offset: Int) -> UInt16 {
        bytes.count < offset + 2 ? 0 : UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    var opcode: UInt8 { bytes.count < 3 ? 0 : bytes[2] >> 3 & 0xf }
    var questionCount: UInt16 { word(4) }

    /// The octets behind the question's name, when the name is readable.
    private var afterName: Int? {
        var offset = 12
        while offset < bytes.count {
            let length = Int(bytes[offset])
            guard length < 64 else { return nil }
            offset += 1 + length
            if length == 0 { return offset }
        }
        return nil
    }

    var type: UInt16 { afterName.map(word) ?? 0 }
    var `class`: UInt16 { afterName.map { word($0 + 2) } ?? 0 }
    /// It has an OPT, and nothing else behind its question.
    var hasOptions: Bool { word(10) == 1 && word(6) == 0 && word(8) == 0 }
    /// The version of its EDNS; 0 without.
    var ednsVersion: UInt8 {
        guard hasOptions, let end = afterName, bytes.count >= end + 15 else { return 0 }
        return bytes[end + 10]
    }

    /// It has an option of this code; searched for where options lie.
    func hasOption(_ code: UInt16) -> Bool {
        guard hasOptions, let end = afterName, bytes.count >= end + 15 else { return false }
        var offset = end + 15
        while offset + 4 <= bytes.count {
            if word(offset) == code { return true }
            offset += 4 + Int(word(offset + 2))
        }
        return false
    }
}
