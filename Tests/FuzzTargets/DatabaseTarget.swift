// SPDX-License-Identifier: Apache-2.0

import Balancing

/// CDB files: one that may be broken, and one that we make of the same bytes.
enum DatabaseTarget {
    /// The first octet is the key's length; the key and the file follow.
    @Sendable static func run(_ bytes: [UInt8]) throws(FuzzFault) {
        let length = Int(bytes.first ?? 0)
        let key = Array(bytes.dropFirst().prefix(length))
        let file = Array(bytes.dropFirst(1 + length))
        _ = try look(for: key, in: file)
        let keys = [key] + file.split(separator: 0).prefix(32).map { Array($0) }
        let made = make(keys)
        for key in keys { try hold(try look(for: key, in: made), "\(key) is not found") }
    }

    private static func look(for key: [UInt8], in file: [UInt8]) throws(FuzzFault) -> Bool {
        try withExactBytes(file) { file in
            key.withUnsafeBytes { CDBFile(bytes: UnsafeRawBufferPointer(file)).contains($0) }
        }
    }

    /// Records without data, tables of twice as many slots as they have records, as cdbmake does it.
    private static func make(_ keys: [[UInt8]]) -> [UInt8] {
        func words(_ values: [UInt32]) -> [UInt8] {
            values.flatMap { value in (0..<4).map { UInt8(value >> (8 * $0) & 0xff) } }
        }
        var records: [UInt8] = []
        var tables = [[(hash: UInt32, place: UInt32)]](repeating: [], count: 256)
        for key in keys {
            let hash = key.reduce(UInt32(5_381)) { ($0 &* 33) ^ UInt32($1) }
            tables[Int(hash & 0xff)].append((hash, UInt32(2_048 + records.count)))
            records += words([UInt32(key.count), 0]) + key
        }
        var head: [UInt8] = []
        var slots: [UInt8] = []
        for table in tables {
            head += words([UInt32(2_048 + records.count + slots.count), UInt32(2 * table.count)])
            var filled = [(hash: UInt32, place: UInt32)](
                repeating: (0, 0), count: 2 * table.count)
            for entry in table {
                var slot = Int(entry.hash >> 8) % filled.count
                while filled[slot].place != 0 { slot = (slot + 1) % filled.count }
                filled[slot] = entry
            }
            slots += filled.flatMap { words([$0.hash, $0.place]) }
        }
        return head + records + slots
    }
}
