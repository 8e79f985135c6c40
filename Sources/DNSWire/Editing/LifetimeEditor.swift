// SPDX-License-Identifier: Apache-2.0

/// Changes the TTLs of an answer's records where it lies.
public enum LifetimeEditor {
    /// Calls `change` with each record's type and TTL, in seconds, and stores what it returns; the
    /// OPT has none. Stops at a record that is broken.
    @inlinable
    public static func edit(
        _ answer: UnsafeMutableRawBufferPointer,
        _ change: (_ type: UInt16, _ seconds: UInt32) -> UInt32
    ) {
        guard let message = DNSMessageView(UnsafeRawBufferPointer(answer)),
            var cursor = RecordCursor(message)
        else { return }
        while let record = cursor.next() {
            guard !record.isPseudo else { continue }
            let old = UInt32(
                bigEndian: answer.loadUnaligned(
                    fromByteOffset: record.ttlOffset, as: UInt32.self))
            let new = change(record.type, old)
            guard new != old else { continue }
            answer.storeBytes(
                of: new.bigEndian, toByteOffset: record.ttlOffset, as: UInt32.self)
        }
    }
}
