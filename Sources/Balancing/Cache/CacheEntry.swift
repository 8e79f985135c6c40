// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Glibc
import Synchronization

/// One answer in a cache: a block of memory with this at its start.
///
/// ```
/// | CacheEntry | offsets of TTLs, 2 each | tail | question, if the answer has none | answer |
/// ```
/// The shard's lock guards it, but for ``wasHit``, which readers set.
struct CacheEntry: ~Copyable {
    var next: UnsafeMutablePointer<CacheEntry>?
    let hash: UInt64
    let addedMicroseconds: UInt64
    let validUntilMicroseconds: UInt64
    /// Whether it was of use since the search for room last came by.
    let wasHit: Atomic<Bool>
    let tailBytes: UInt8
    /// Name, type and class.
    let questionBytes: UInt16
    /// TTLs in the answer; those of an OPT are none.
    let ttlCount: UInt16
    var answerBytes: UInt16
    /// An answer of an error may have none; then the question lies before it.
    let answerHasQuestion: Bool

    /// Makes an entry; `nil` without memory. ``free(_:)`` ends it.
    static func make(
        hash: UInt64, tail: UnsafeRawBufferPointer, question: UnsafeRawBufferPointer,
        answer: DNSMessageView, ttls: UnsafeRawBufferPointer, addedMicroseconds: UInt64,
        validUntilMicroseconds: UInt64
    ) -> UnsafeMutablePointer<CacheEntry>? {
        let hasQuestion = answer.questionCount > 0
        let bytes =
            MemoryLayout<CacheEntry>.stride + ttls.count + tail.count
            + (hasQuestion ? 0 : question.count) + answer.bytes.count
        guard let block = malloc(bytes) else { return nil }
        let entry = block.bindMemory(to: CacheEntry.self, capacity: 1)
        entry.initialize(
            to: CacheEntry(
                next: nil, hash: hash, addedMicroseconds: addedMicroseconds,
                validUntilMicroseconds: validUntilMicroseconds, wasHit: Atomic(false),
                tailBytes: UInt8(truncatingIfNeeded: tail.count),
                questionBytes: UInt16(truncatingIfNeeded: question.count),
                ttlCount: UInt16(truncatingIfNeeded: ttls.count / 2),
                answerBytes: UInt16(truncatingIfNeeded: answer.bytes.count),
                answerHasQuestion: hasQuestion))
        var place = block + MemoryLayout<CacheEntry>.stride
        func append(_ part: UnsafeRawBufferPointer) {
            if let base = part.baseAddress { place.copyMemory(from: base, byteCount: part.count) }
            place += part.count
        }
        append(ttls)
        append(tail)
        if !hasQuestion { append(question) }
        append(answer.bytes)
        return entry
    }

    static func free(_ entry: UnsafeMutablePointer<CacheEntry>) {
        entry.deinitialize(count: 1)
        Glibc.free(entry)
    }
}

extension UnsafeMutablePointer<CacheEntry> {
    private var payload: UnsafeRawPointer {
        UnsafeRawPointer(self) + MemoryLayout<CacheEntry>.stride
    }

    /// Where a TTL lies in the answer.
    func ttlOffset(_ index: Int) -> Int {
        Int(payload.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    }

    private var tailOffset: Int { 2 * Int(pointee.ttlCount) }

    private var answerOffset: Int {
        tailOffset + Int(pointee.tailBytes)
            + (pointee.answerHasQuestion ? 0 : Int(pointee.questionBytes))
    }

    private var tail: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: payload + tailOffset, count: Int(pointee.tailBytes))
    }

    var question: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: pointee.answerHasQuestion
                ? payload + answerOffset + DNSMessageView.headerBytes
                : payload + tailOffset + Int(pointee.tailBytes),
            count: Int(pointee.questionBytes))
    }

    /// The question's name in wire form.
    var name: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: question.dropLast(4)) }

    var queryType: UInt16 {
        question.loadUnaligned(fromByteOffset: question.count - 4, as: UInt16.self).bigEndian
    }

    /// All that it takes.
    var blockBytes: Int {
        MemoryLayout<CacheEntry>.stride + answerOffset + Int(pointee.answerBytes)
    }

    var answer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: payload + answerOffset, count: Int(pointee.answerBytes))
    }

    func has(option code: UInt16) -> Bool {
        DNSMessageView(answer).map { OptionEditor.value(of: code, in: $0) != nil } ?? false
    }

    /// Whether it answers this query. Only the name is compared without case.
    func matches(question other: UnsafeRawBufferPointer, tail otherTail: UnsafeRawBufferPointer)
        -> Bool
    {
        let mine = question
        guard mine.count == other.count, otherTail.count == Int(pointee.tailBytes),
            let mineBase = mine.baseAddress, let otherBase = other.baseAddress,
            let tailBase = tail.baseAddress, let otherTailBase = otherTail.baseAddress
        else { return false }
        let nameBytes = mine.count - 4
        return memcmp(tailBase, otherTailBase, otherTail.count) == 0
            && memcmp(mineBase + nameBytes, otherBase + nameBytes, 4) == 0
            && CaseFolding.areEqual(
                UnsafeRawBufferPointer(start: mineBase, count: nameBytes),
                UnsafeRawBufferPointer(start: otherBase, count: nameBytes))
    }
}
