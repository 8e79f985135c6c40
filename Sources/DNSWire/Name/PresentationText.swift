// SPDX-License-Identifier: Apache-2.0

/// The way zone files write octets (RFC 1035 §5.1).
enum PresentationText {
    /// Printable ASCII as it is, `special` with a backslash, everything else as `\DDD`.
    static func escaped(
        _ octets: some Sequence<UInt8>, special: String, keepsSpaces: Bool = false
    ) -> String {
        var text = ""
        for octet in octets {
            let character = Character(Unicode.Scalar(octet))
            if special.contains(character) {
                text.append("\\")
                text.append(character)
            } else if (0x21...0x7e).contains(octet) || octet == 0x20 && keepsSpaces {
                text.append(character)
            } else {
                text += "\\" + String(repeating: "0", count: octet < 10 ? 2 : octet < 100 ? 1 : 0)
                text += String(octet)
            }
        }
        return text
    }

    /// A character-string between quotes; spaces stay as they are.
    static func quoted(_ octets: some Sequence<UInt8>) -> String {
        "\"" + escaped(octets, special: "\"\\", keepsSpaces: true) + "\""
    }

    static func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// RFC 4648 §4, with padding.
    static func base64(_ octets: some Collection<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        var rest = Array(octets)[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            let bits = group.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
            for position in 0..<4 {
                text.append(
                    position <= group.count ? alphabet[bits >> (18 - 6 * position) & 63] : "=")
            }
            rest = rest.dropFirst(3)
        }
        return text
    }
}
