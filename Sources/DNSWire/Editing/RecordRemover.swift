// SPDX-License-Identifier: Apache-2.0
//
// Names in a message point back to earlier ones (RFC 1035 §4.1.4), perhaps into a record that is to
// go. So what stays is written anew, name by name: where the first label of a suffix was written is
// remembered by its place in the old message, and later names that used it point there. Each label of
// the old message is written once at most, so the new one is never longer.

import Glibc

/// Removes records of some types from a message.
public enum RecordRemover {
    /// Writes the message without the records that `isRemoved` names, in the same place, and returns
    /// its new length. A message that is broken, and one without such records, stays as it is.
    ///
    /// Takes memory of four times the message's size for the call, when there is something to remove.
    public static func remove(
        from message: UnsafeMutableRawBufferPointer, where isRemoved: (_ type: UInt16) -> Bool
    ) -> Int {
        let bytes = UnsafeRawBufferPointer(message)
        guard let view = DNSMessageView(bytes), var cursor = RecordCursor(view),
            bytes.count <= 0xffff
        else { return message.count }
        var removed = 0
        while let record = cursor.next() { if isRemoved(record.type) { removed += 1 } }
        guard removed > 0, !cursor.isBroken else { return message.count }
        return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: bytes.count) { places in
            places.initialize(repeating: 0)
            return withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 8) { copy in
                var writer = Copier(from: bytes, to: copy, places: places)
                guard writer.copy(view, without: isRemoved) else { return message.count }
                message.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: copy[..<writer.written]))
                return writer.written
            }
        }
    }

    private struct Copier {
        private let source: UnsafeRawBufferPointer
        private let target: UnsafeMutableRawBufferPointer
        /// Where the suffix that began here in the old message begins in the new one; 0 for nowhere.
        private let places: UnsafeMutableBufferPointer<UInt16>
        private(set) var written = 0

        init(
            from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer,
            places: UnsafeMutableBufferPointer<UInt16>
        ) {
            self.source = source
            self.target = target
            self.places = places
        }

        /// False when something does not fit: then nothing of the copy counts.
        mutating func copy(_ view: DNSMessageView, without isRemoved: (UInt16) -> Bool) -> Bool {
            guard copy(0..<DNSMessageView.headerBytes) else { return false }
            var offset = DNSMessageView.headerBytes
            for _ in 0..<view.questionCount {
                guard let end = copyName(at: offset), copy(end..<end + 4) else { return false }
                offset = end + 4
            }
            guard var cursor = RecordCursor(view) else { return false }
            var counts: (UInt16, UInt16, UInt16) = (0, 0, 0)
            while let record = cursor.next() {
                guard !isRemoved(record.type) else { continue }
                guard copy(record) else { return false }
                switch record.section {
                case 1: counts.0 += 1
                case 2: counts.1 += 1
                default: counts.2 += 1
                }
            }
            guard !cursor.isBroken, let header = DNSHeaderWriter(target) else { return false }
            header.setCounts(
                questions: view.questionCount, answers: counts.0, authority: counts.1,
                additional: counts.2)
            return true
        }

        private mutating func copy(_ record: RecordCursor.Record) -> Bool {
            guard copyName(at: record.nameOffset) == record.fixedOffset,
                copy(record.fixedOffset..<record.data.lowerBound)
            else { return false }
            let start = written
            guard copyData(of: record) else { return false }
            let length = UInt16(truncatingIfNeeded: written - start)
            target.storeBytes(of: length.bigEndian, toByteOffset: start - 2, as: UInt16.self)
            return true
        }

        /// RDATA of the types whose names may be compressed (RFC 3597 §4); others as they are.
        private mutating func copyData(of record: RecordCursor.Record) -> Bool {
            var offset = record.data.lowerBound
            let end = record.data.upperBound
            guard let layout = RecordRemover.layout(of: record, in: source) else {
                return copy(offset..<end)
            }
            guard offset + layout.octetsBefore <= end,
                copy(offset..<offset + layout.octetsBefore)
            else { return false }
            offset += layout.octetsBefore
            for _ in 0..<layout.names {
                guard let next = copyName(at: offset), next <= end else { return false }
                offset = next
            }
            return copy(offset..<end)
        }

        private mutating func copy(_ range: Range<Int>) -> Bool {
            guard range.upperBound <= source.count, written + range.count <= target.count,
                let from = source.baseAddress, let to = target.baseAddress
            else { return false }
            (to + written).copyMemory(from: from + range.lowerBound, byteCount: range.count)
            written += range.count
            return true
        }

        /// Writes the name that begins here in the old message, and returns where it ends there.
        private mutating func copyName(at start: Int) -> Int? {
            var position = start
            var runStart = start
            var end: Int?
            var labelBytes = 0
            let nameStart = written
            while position < source.count {
                let octet = Int(source[position])
                if octet >= 0xc0 {
                    guard position + 2 <= source.count else { return nil }
                    let place = (octet & 0x3f) << 8 | Int(source[position + 1])
                    guard place < runStart, place >= DNSMessageView.headerBytes else {
                        return nil
                    }
                    end = end ?? position + 2
                    (position, runStart) = (place, place)
                    continue
                }
                if octet > 0, places[position] > 0 {
                    // A name that comes round to itself would be one without an end.
                    guard places[position] < nameStart else { return nil }
                    guard append(0xc000 | places[position]) else { return nil }
                    return end ?? skip(from: position)
                }
                guard octet < 64, labelBytes + 1 + octet <= 255 else { return nil }
                if octet > 0, written < 0x4000 { places[position] = UInt16(written) }
                guard copy(position..<position + 1 + octet) else { return nil }
                if octet == 0 { return end ?? position + 1 }
                labelBytes += 1 + octet
                position += 1 + octet
            }
            return nil
        }

        private func skip(from position: Int) -> Int? { EDNSView.skipName(source, at: position) }

        private mutating func append(_ word: UInt16) -> Bool {
            guard written + 2 <= target.count else { return false }
            target.storeBytes(of: word.bigEndian, toByteOffset: written, as: UInt16.self)
            written += 2
            return true
        }
    }
}

extension RecordRemover {
    /// Where names lie in RDATA: behind so many octets, so many, side by side.
    private struct Layout {
        let octetsBefore: Int
        let names: Int
    }

    private static func layout(
        of record: RecordCursor.Record, in bytes: UnsafeRawBufferPointer
    ) -> Layout? {
        switch record.type {
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, NXT, DNAME.
        case 2, 3, 4, 5, 7, 8, 9, 12, 30, 39: Layout(octetsBefore: 0, names: 1)
        // SOA, MINFO, RP.
        case 6, 14, 17: Layout(octetsBefore: 0, names: 2)
        // MX, AFSDB, RT, KX.
        case 15, 18, 21, 36: Layout(octetsBefore: 2, names: 1)
        case 24: Layout(octetsBefore: 18, names: 1)  // SIG
        case 26: Layout(octetsBefore: 2, names: 2)  // PX
        case 33: Layout(octetsBefore: 6, names: 1)  // SRV
        case 35: naptrLayout(record, bytes)
        default: nil
        }
    }

    /// NAPTR: two words, three character strings, a name (RFC 3403 §4.1).
    private static func naptrLayout(
        _ record: RecordCursor.Record, _ bytes: UnsafeRawBufferPointer
    ) -> Layout? {
        var offset = record.data.lowerBound + 4
        for _ in 0..<3 {
            guard offset < record.data.upperBound else { return nil }
            offset += 1 + Int(bytes[offset])
        }
        return Layout(octetsBefore: offset - record.data.lowerBound, names: 1)
    }
}
