// SPDX-License-Identifier: Apache-2.0

/// Turns what `md5-password` and `md5-base64` say into the key of RFC 2385.
enum MD5Password {
    /// The kernel's TCP_MD5SIG_MAXKEYLEN.
    static let bytesMax = 80

    /// `nil` where the password should be base64 and is not.
    static func key(_ password: String, _ base64: ExaBGPNeighbor.Base64) -> [UInt8]? {
        switch base64 {
        case .no: return Array(password.utf8)
        case .yes: return decode(password)
        case .automatic:
            // ExaBGP decodes only what could be hexadecimal, and only when it decodes.
            guard looksLikeHexadecimal(password) else { return Array(password.utf8) }
            return decode(password) ?? Array(password.utf8)
        }
    }

    /// What ExaBGP takes for base64 when it guesses.
    static func looksLikeHexadecimal(_ password: String) -> Bool {
        password.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// RFC 4648 §4; the padding may be left out.
    private static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        guard digits.count % 4 != 1 else { return nil }
        var octets: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for digit in digits {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return octets
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
