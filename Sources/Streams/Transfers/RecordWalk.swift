// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// Steps over the records of a message; every step is checked against the message's end.
struct RecordWalk {
    struct Record {
        let type: UInt16
        let data: Range<Int>
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func skipQuestion() -> Bool {
        guard let end = EDNSView.skipName(bytes, at: offset), end + 4 <= bytes.count else {
            return false
        }
        offset = end + 4
        return true
    }

    /// The record at the walk's place, which moves behind it.
    mutating func next() -> Record? {
        guard let end = EDNSView.skipName(bytes, at: offset), end + 10 <= bytes.count else {
            return nil
        }
        let type = bytes.loadUnaligned(fromByteOffset: end, as: UInt16.self).bigEndian
        let length = Int(bytes.loadUnaligned(fromByteOffset: end + 8, as: UInt16.self).bigEndian)
        let data = end + 10..<end + 10 + length
        guard data.upperBound <= bytes.count else { return nil }
        offset = data.upperBound
        return Record(type: type, data: data)
    }

    /// SERIAL follows two names (RFC 1035 §3.3.13).
    func serial(of record: Record) -> UInt32? {
        guard let primary = EDNSView.skipName(bytes, at: record.data.lowerBound),
            let mailbox = EDNSView.skipName(bytes, at: primary),
            mailbox + 4 <= record.data.upperBound
        else { return nil }
        return bytes.loadUnaligned(fromByteOffset: mailbox, as: UInt32.self).bigEndian
    }
}
