// SPDX-License-Identifier: Apache-2.0

/// DNS messages as the tests write them.
enum Message {
    static func query(
        _ id: UInt16, _ name: String = "example.org", type: UInt16 = 1, flags: UInt16 = 0x0100
    ) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap {
            [UInt8($0.utf8.count)] + Array($0.utf8)
        }
        return word(id) + word(flags) + [0, 1, 0, 0, 0, 0, 0, 0] + labels + [0] + word(type)
            + [0, 1]
    }

    /// An answer to `query` with one NULL record (RFC 1035 §3.3.10) that makes it `bytes` long; with
    /// none when that is too short. RD and CD are clear, which nobody should see.
    static func answer(_ query: [UInt8], bytes: Int = 0) -> [UInt8] {
        var message = query
        message[2] = 0x80
        message[3] = 0x80
        let room = bytes - query.count - 12
        guard room >= 0 else { return message }
        message[7] = 1
        message += [0xc0, 12] + word(10) + [0, 1, 0, 0, 0, 60] + word(UInt16(room))
        return message + [UInt8](repeating: 7, count: room)
    }

    static func framed(_ message: [UInt8]) -> [UInt8] { word(UInt16(message.count)) + message }

    static func id(_ message: [UInt8]?) -> UInt16? {
        message.map { UInt16($0[0]) << 8 | UInt16($0[1]) }
    }

    static func flags(_ message: [UInt8]) -> UInt16 {
        UInt16(message[2]) << 8 | UInt16(message[3])
    }

    static func responseCode(_ message: [UInt8]?) -> UInt8? { message.map { $0[3] & 0xf } }

    private static func word(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xff)]
    }
}
