// SPDX-License-Identifier: Apache-2.0

/// Messages of zone transfers, for one zone `example.org`.
enum TransferMessage {
    /// IXFR from a serial: the client's SOA is in the authority section (RFC 1995 §3).
    static func incrementalQuery(_ id: UInt16 = 1, serial: UInt32) -> [UInt8] {
        var query = Message.query(id, type: 251)
        query[9] = 1
        return query + record(serial)
    }

    /// An answer with records: a serial for a SOA, 0 for one of `otherBytes` octets.
    static func answer(
        _ query: [UInt8], records: [UInt32], otherBytes: Int = 4, withQuestion: Bool = true
    ) -> [UInt8] {
        let question = questionEnd(query)
        var message = Array(query[..<(withQuestion ? question : 12)])
        message[2] = 0x84
        message[3] = 0
        message[5] = withQuestion ? 1 : 0
        message[6] = UInt8(records.count >> 8)
        message[7] = UInt8(records.count & 0xff)
        message[9] = 0
        return message + records.flatMap { record($0, otherBytes: otherBytes) }
    }

    private static func record(_ serial: UInt32, otherBytes: Int = 4) -> [UInt8] {
        let owner: [UInt8] = [7] + Array("example".utf8) + [3] + Array("org".utf8) + [0]
        let isSOA = serial != 0
        // The root as primary and mailbox, then five numbers.
        let numbers = (0..<4).map { UInt8(truncatingIfNeeded: serial >> (24 - 8 * UInt32($0))) }
        let data =
            isSOA
            ? [0, 0] + numbers + [UInt8](repeating: 0, count: 16)
            : [UInt8](repeating: 1, count: otherBytes)
        let length = [UInt8(data.count >> 8), UInt8(data.count & 0xff)]
        return owner + [0, isSOA ? 6 : 10, 0, 1, 0, 0, 0, 60] + length + data
    }

    private static func questionEnd(_ query: [UInt8]) -> Int {
        var offset = 12
        while query[offset] != 0 { offset += 1 + Int(query[offset]) }
        return offset + 5
    }
}
