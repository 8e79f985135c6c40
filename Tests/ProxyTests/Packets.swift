// SPDX-License-Identifier: Apache-2.0

/// Messages as octets, written out so that the tests do not depend on the encoder they test with.
enum Packets {
    static let any: UInt16 = 255

    static func question(_ name: String, type: UInt16) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return labels + [0, UInt8(type >> 8), UInt8(type & 0xff), 0, 1]
    }

    /// `flags` are the header's third and fourth octet.
    static func query(
        _ name: String = "www.example.org", id: UInt16 = 0x1234, type: UInt16 = 1,
        flags: UInt16 = 0x0100, questionCount: UInt8 = 1
    ) -> [UInt8] {
        [
            UInt8(id >> 8), UInt8(id & 0xff), UInt8(flags >> 8), UInt8(flags & 0xff), 0,
            questionCount, 0, 0, 0, 0, 0, 0,
        ] + (questionCount == 0 ? [] : question(name, type: type))
    }

    /// The answer a server would give: QR and RA set, no records.
    static func answer(to query: [UInt8], responseCode: UInt8 = 0) -> [UInt8] {
        var answer = query
        answer[2] |= 0x80
        answer[3] = 0x80 | responseCode
        return answer
    }

    static func id(_ packet: [UInt8]) -> UInt16 { UInt16(packet[0]) << 8 | UInt16(packet[1]) }
    static func responseCode(_ packet: [UInt8]) -> UInt8 { packet[3] & 0xf }
    static func isTruncated(_ packet: [UInt8]) -> Bool { packet[2] & 0x02 != 0 }
}
