// SPDX-License-Identifier: Apache-2.0
//
// An open-addressed table of hashes over names in wire form. A name is hashed from its root to its
// front, one label after the other, so that one pass gives the hash of every suffix on its way: what
// a lookup costs grows with the name's labels, not with the set.

import DNSWire
public import Declarations
import Glibc

/// A set of names, asked for a whole name or for any of its suffixes; owned by a snapshot.
public struct NameSet {
    private struct Entry {
        var hash: UInt64
        /// In the arena.
        var offset: UInt32
        /// 0 in an empty entry: the shortest name, the root, has one octet.
        var length: UInt16
    }

    /// RFC 1035 §2.3.4: 127 labels of one octet and the root fill 255 octets.
    private static let labelsMax = 128

    private let entries: UnsafeMutablePointer<Entry>
    private let mask: Int
    private let arena: UnsafeMutableRawPointer
    /// Names in the set.
    public let count: Int

    /// Allocates; the owner calls ``deallocate()``. What is no name in wire form is left out.
    public init(_ names: Set<WireName>) {
        let kept = names.filter { Self.isName($0) }
        var size = 2
        while size < kept.count * 2 { size *= 2 }
        mask = size - 1
        entries = .allocate(capacity: size)
        entries.initialize(repeating: Entry(hash: 0, offset: 0, length: 0), count: size)
        arena = .allocate(byteCount: max(1, kept.reduce(0) { $0 + $1.count }), alignment: 8)
        count = kept.count
        var used = 0
        for name in kept {
            name.withUnsafeBytes { bytes in
                (arena + used).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
                var hash: UInt64 = 0
                Self.forEachSuffix(of: bytes) { _, suffixHash in
                    hash = suffixHash
                    return false
                }
                insert(hash, offset: used, length: bytes.count)
            }
            used += name.count
        }
    }

    public func deallocate() {
        entries.deallocate()
        arena.deallocate()
    }

    /// Whether the set has this name; case does not matter.
    public func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        guard count > 0 else { return false }
        var hash: UInt64 = 0
        Self.forEachSuffix(of: name) { _, suffixHash in
            hash = suffixHash
            return false
        }
        return find(name, hash)
    }

    /// Whether the set has this name or one that it is below.
    public func containsSuffix(of name: UnsafeRawBufferPointer) -> Bool {
        guard count > 0 else { return false }
        var isFound = false
        Self.forEachSuffix(of: name) { suffix, hash in
            isFound = find(suffix, hash)
            return isFound
        }
        return isFound
    }

    /// More than each place that ``forEachPlace(ofSuffixesOf:_:)`` gives.
    var places: Int { mask + 1 }

    /// Calls `body` with the place and the octets of each suffix of `name` that the set has, the
    /// shortest first, the whole name last. A name's place is the set's for as long as it lives.
    func forEachPlace(
        ofSuffixesOf name: UnsafeRawBufferPointer, _ body: (_ place: Int, _ length: Int) -> Void
    ) {
        guard count > 0 else { return }
        Self.forEachSuffix(of: name) { suffix, hash in
            if let place = place(of: suffix, hash) { body(place, suffix.count) }
            return false
        }
    }

    private func find(_ name: UnsafeRawBufferPointer, _ hash: UInt64) -> Bool {
        place(of: name, hash) != nil
    }

    private func place(of name: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        var place = Int(truncatingIfNeeded: hash) & mask
        while entries[place].length > 0 {
            let entry = entries[place]
            if entry.hash == hash, Int(entry.length) == name.count,
                CaseFolding.areEqual(
                    UnsafeRawBufferPointer(
                        start: arena + Int(entry.offset), count: Int(entry.length)), name)
            {
                return place
            }
            place = (place &+ 1) & mask
        }
        return nil
    }

    private func insert(_ hash: UInt64, offset: Int, length: Int) {
        var place = Int(truncatingIfNeeded: hash) & mask
        while entries[place].length > 0 { place = (place &+ 1) & mask }
        entries[place] = Entry(hash: hash, offset: UInt32(offset), length: UInt16(length))
    }
}

extension NameSet {
    /// Calls `body` with the root, then each longer suffix and its hash, the whole name last, until
    /// it returns true.
    @inline(__always)
    private static func forEachSuffix(
        of name: UnsafeRawBufferPointer,
        _ body: (_ suffix: UnsafeRawBufferPointer, _ hash: UInt64) -> Bool
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: labelsMax) { starts in
            var labels = 0
            var offset = 0
            while offset < name.count, name[offset] != 0, labels < labelsMax {
                starts[labels] = UInt8(truncatingIfNeeded: offset)
                labels += 1
                offset += 1 + Int(name[offset])
            }
            guard offset < name.count else { return }
            var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
            if body(UnsafeRawBufferPointer(rebasing: name[offset...]), hash) { return }
            var end = offset
            while labels > 0 {
                labels -= 1
                let start = Int(starts[labels])
                hash = mix(hash, UnsafeRawBufferPointer(rebasing: name[start..<end]))
                if body(UnsafeRawBufferPointer(rebasing: name[start...]), hash) { return }
                end = start
            }
        }
    }

    /// Adds a label, its length octet first, to a hash; eight folded octets at a time.
    @inline(__always)
    private static func mix(_ seed: UInt64, _ label: UnsafeRawBufferPointer) -> UInt64 {
        var hash = seed
        var offset = 0
        while offset + 8 <= label.count {
            hash = stir(
                hash, CaseFolding.fold(label.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            )
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < label.count {
            rest = rest << 8 | UInt64(CaseFolding.fold(label[offset]))
            offset += 1
        }
        return stir(hash, rest)
    }

    @inline(__always)
    private static func stir(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        // Multiply and fold: the constant is 2^64 divided by the golden ratio.
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return high ^ low ^ word
    }

    /// Labels of 1 to 63 octets and the root's at the end, 255 octets at most.
    private static func isName(_ wire: WireName) -> Bool {
        guard wire.count <= 255 else { return false }
        var offset = 0
        while offset < wire.count, (1...63).contains(wire[offset]) {
            offset += 1 + Int(wire[offset])
        }
        return offset == wire.count - 1 && wire[offset] == 0
    }
}
