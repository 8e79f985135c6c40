// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A query's tags: names and values, few and short, in one block of memory that its owner frees.
///
/// Empty without allocation: only a query that a rule or a script tags pays for it. Not copied with
/// the value; one owner at a time calls ``deallocate()``.
///
///     | name length 2 | value length 2 | name … | value … | next tag …
public struct TagList {
    /// All names and values of a query together: more than any published script sets.
    public static let bytesMax = 16_384
    private static let headerBytes = 4

    private var block: UnsafeMutableRawPointer?
    private var used: Int32 = 0
    private var capacity: Int32 = 0

    public init() {}

    public var isEmpty: Bool { used == 0 }

    /// The value of a tag, valid until the next change.
    public func value(of name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let block, let place = find(name) else { return nil }
        let (nameLength, valueLength) = lengths(at: place)
        return UnsafeRawBufferPointer(
            start: block + place + Self.headerBytes + nameLength, count: valueLength)
    }

    /// Sets a tag, or replaces its value. False when there is no room, and then nothing changed.
    @discardableResult
    public mutating func set(
        _ name: UnsafeRawBufferPointer, to value: UnsafeRawBufferPointer
    ) -> Bool {
        let size = Self.headerBytes + name.count + value.count
        let freed = find(name).map { sizeOfTag(at: $0) } ?? 0
        guard Int(used) - freed + size <= Self.bytesMax, reserve(Int(used) + size),
            let block
        else { return false }
        if let place = find(name) { remove(at: place) }
        let start = block + Int(used)
        start.storeBytes(of: UInt16(name.count), as: UInt16.self)
        start.storeBytes(of: UInt16(value.count), toByteOffset: 2, as: UInt16.self)
        copy(name, to: start + Self.headerBytes)
        copy(value, to: start + Self.headerBytes + name.count)
        used += Int32(size)
        return true
    }

    /// Calls `body` with each tag until it returns false.
    public func forEach(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) {
        guard let block else { return }
        var place = 0
        while place < Int(used) {
            let (nameLength, valueLength) = lengths(at: place)
            let text = block + place + Self.headerBytes
            guard
                body(
                    UnsafeRawBufferPointer(start: text, count: nameLength),
                    UnsafeRawBufferPointer(start: text + nameLength, count: valueLength))
            else { return }
            place += Self.headerBytes + nameLength + valueLength
        }
    }

    public mutating func deallocate() {
        free(block)
        self = TagList()
    }

    private func lengths(at place: Int) -> (name: Int, value: Int) {
        guard let block else { return (0, 0) }
        return (
            Int(block.loadUnaligned(fromByteOffset: place, as: UInt16.self)),
            Int(block.loadUnaligned(fromByteOffset: place + 2, as: UInt16.self))
        )
    }

    private func sizeOfTag(at place: Int) -> Int {
        let (name, value) = lengths(at: place)
        return Self.headerBytes + name + value
    }

    private func find(_ name: UnsafeRawBufferPointer) -> Int? {
        guard let block else { return nil }
        var place = 0
        while place < Int(used) {
            let length = lengths(at: place).name
            if length == name.count,
                length == 0
                    // The list's names and a caller's that is as long have addresses.
                    || memcmp(block + place + Self.headerBytes, name.baseAddress!, length) == 0
            {
                return place
            }
            place += sizeOfTag(at: place)
        }
        return nil
    }

    private mutating func remove(at place: Int) {
        guard let block else { return }
        let size = sizeOfTag(at: place)
        let rest = Int(used) - place - size
        memmove(block + place, block + place + size, rest)
        used -= Int32(size)
    }

    private mutating func reserve(_ bytes: Int) -> Bool {
        if bytes <= Int(capacity) { return true }
        let wanted = max(64, bytes, 2 * Int(capacity))
        guard let larger = realloc(block, wanted) else { return false }
        block = larger
        capacity = Int32(wanted)
        return true
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
        if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
    }
}
