// SPDX-License-Identifier: Apache-2.0

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
        guard let end = nameEnd(offset), end + 4 <= bytes.count else { return false }
        offset = end + 4
        return true
    }

    /// The record at the walk's place, which moves behind it.
    mutating func next() -> Record? {
        guard let end = nameEnd(offset), end + 10 <= bytes.count else { return nil }
        let type = bytes.loadUnaligned(fromByteOffset: end, as: UInt16.self).bigEndian
        let length = Int(bytes.loadUnaligned(fromByteOffset: end + 8, as: UInt16.self).bigEndian)
        let data = end + 10..<end + 10 + length
        guard data.upperBound <= bytes.count else { return nil }
        offset = data.upperBound
        return Record(type: type, data: data)
    }

    /// SERIAL follows two names (RFC 1035 §3.3.13).
    func serial(of record: Record) -> UInt32? {
        guard let primary = nameEnd(record.data.lowerBound), let mailbox = nameEnd(primary),
            mailbox + 4 <= record.data.upperBound
        else { return nil }
        return bytes.loadUnaligned(fromByteOffset: mailbox, as: UInt32.self).bigEndian
    }

    /// The offset after a name: behind its root or its first compression pointer.
    private func nameEnd(_ start: Int) -> Int? {
        var offset = start
        while offset < bytes.count {
            let length = Int(bytes[offset])
            if length == 0 { return offset + 1 }
            if length >= 0xc0 { return offset + 2 <= bytes.count ? offset + 2 : nil }
            guard length < 64 else { return nil }
            offset += 1 + length
        }
        return nil
    }
}
