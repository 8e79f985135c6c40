// SPDX-License-Identifier: Apache-2.0
//
// A constant database (D. J. Bernstein's cdb, cr.yp.to/cdb/cdb.txt). It begins with 256 pairs of
// little-endian words: where a hash table begins, and how many slots it has. A slot is a pair too: a
// hash, and where its record begins, 0 in an empty one. A record is the lengths of key and data, then
// both. A key's hash is 5381, then for each octet 33 times itself, XOR the octet; its lowest octet
// names the table, the others, modulo its slots, where the search begins.

import Glibc

/// A CDB file in memory. Every place in it is checked before it is read, so that a broken file
/// answers wrongly at worst.
package struct CDBFile {
    /// 4 GiB is what its words can address.
    static let bytesMax = 1 << 32
    private static let tables = 256

    private let bytes: UnsafeRawBufferPointer

    /// Reads a whole file.
    ///
    /// - Throws: what is wrong, in words.
    init(descriptor: Int32, size: Int) throws(Failure) {
        guard size >= Self.tables * 8, size <= Self.bytesMax else {
            throw Failure(words: "it has \(size) octets: no CDB file")
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        var filled = 0
        while filled < size {
            let count = pread(
                descriptor, memory.baseAddress! + filled, size - filled, off_t(filled))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let words = count < 0 ? String(cString: strerror(errno)) : "it became shorter"
                memory.deallocate()
                throw Failure(words: words)
            }
            filled += count
        }
        bytes = UnsafeRawBufferPointer(memory)
    }

    /// Takes over the content of a file.
    package init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    struct Failure: Error {
        let words: String
    }

    func deallocate() { bytes.deallocate() }

    /// Whether the file has a record of this key.
    package func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        let hash = Self.hash(key)
        let table = Int(hash & 0xff) * 8
        guard let start = word(at: table), let count = word(at: table + 4), count > 0 else {
            return false
        }
        var slot = (hash >> 8) % count
        for _ in 0..<count {
            let place = Int(start) + Int(slot) * 8
            guard let found = word(at: place), let record = word(at: place + 4), record > 0 else {
                return false
            }
            if found == hash, isKey(key, of: Int(record)) { return true }
            slot = slot + 1 == count ? 0 : slot + 1
        }
        return false
    }

    private func isKey(_ key: UnsafeRawBufferPointer, of record: Int) -> Bool {
        guard let length = word(at: record), Int(length) == key.count,
            record + 8 + key.count <= bytes.count, let mine = bytes.baseAddress
        else { return false }
        guard let other = key.baseAddress else { return true }
        return memcmp(mine + record + 8, other, key.count) == 0
    }

    private func word(at offset: Int) -> UInt32? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func hash(_ key: UnsafeRawBufferPointer) -> UInt32 {
        key.reduce(5_381) { hash, octet in (hash &* 33) ^ UInt32(octet) }
    }
}
