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

    /// A query with an OPT that has DO.
    static func edns(
        _ options: [UInt8], payload: UInt16 = 1_232, version: UInt8 = 0, type: UInt16 = 1
    ) -> [UInt8] {
        var query = query(type: type)
        query[11] = 1
        return query + [0, 0, 41, UInt8(payload >> 8), UInt8(payload & 0xff), 0, version, 0x80, 0]
            + [UInt8(options.count >> 8), UInt8(options.count & 0xff)] + options
    }

    /// An answer with one record that lives for five minutes, before the OPT.
    static func oneRecord(to query: [UInt8], dataBytes: Int = 4) -> [UInt8] {
        var answer = answer(to: query)
        answer[7] = 1
        let record: [UInt8] =
            [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, UInt8(dataBytes >> 8), UInt8(dataBytes & 0xff)]
            + [UInt8](repeating: 7, count: dataBytes)
        answer.insert(contentsOf: record, at: Self.query().count)
        return answer
    }

    static func id(_ packet: [UInt8]) -> UInt16 { UInt16(packet[0]) << 8 | UInt16(packet[1]) }
    static func responseCode(_ packet: [UInt8]) -> UInt8 { packet[3] & 0xf }
    static func isTruncated(_ packet: [UInt8]) -> Bool { packet[2] & 0x02 != 0 }
}
