// SPDX-License-Identifier: Apache-2.0
//
// A ring that one thread writes and another looks at, without either waiting. Every word of an entry
// is an atomic, so that there is no race in the language's sense; that the words belong together is
// told by the first of them, the entry's stamp (a seqlock, with the fences of H. Boehm, Can Seqlocks
// Get Along With Programming Language Memory Models?, MSPC 2012):
//
//   writer: stamp = 0 · release fence · words · stamp = number (release) · written = number (release)
//   reader: stamp (acquire) · words · acquire fence · stamp again; both are the number, or it is not
//           this entry any more, and then all older ones are being overwritten too
//
// On x86 and with relaxed words the writer's fence costs no instruction.

import Synchronization

/// A ring of entries of equal size, of which the newest ``capacity`` stay. Allocates at its start
/// only; the owner calls ``deallocate()`` when nobody writes or reads any more.
///
/// Unchecked: every word is an atomic; the stamps above tell a reader what it may use.
struct SequencedRing: @unchecked Sendable {
    // Unchecked: atomics, and what one thread alone writes.
    typealias Word = Atomic<UInt64>

    let capacity: Int
    /// Of an entry, its stamp among them.
    private let stride: Int
    private let memory: UnsafeMutablePointer<Word>
    /// Entries ever written, and beside it the place of the next one.
    private let written: UnsafeMutablePointer<Word>

    /// Words of the counters, a pair of cache lines.
    private static let headWords = 16

    /// - Parameter words: of an entry, without its stamp.
    init(capacity: Int, words: Int) {
        self.capacity = max(1, capacity)
        stride = words + 1
        let count = Self.headWords + self.capacity * stride
        let pages = UnsafeMutableRawPointer.allocateZeroed(byteCount: count * 8)
        written = pages.bindMemory(to: Word.self, capacity: count)
        memory = written + Self.headWords
    }

    func deallocate() { UnsafeMutableRawPointer(written).deallocateZeroed() }

    /// Entries that were ever written.
    var count: UInt64 { written.pointee.load(ordering: .relaxed) }

    /// Writes an entry over the oldest; called by the ring's one writer.
    ///
    /// - Parameter fill: stores the words after the stamp, relaxed.
    @inline(__always)
    func append(_ fill: (UnsafeMutablePointer<Word>) -> Void) {
        let number = written.pointee.load(ordering: .relaxed) &+ 1
        let place = Int(truncatingIfNeeded: (written + 1).pointee.load(ordering: .relaxed))
        let entry = memory + place &* stride
        entry.pointee.store(0, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        fill(entry + 1)
        entry.pointee.store(number, ordering: .releasing)
        let next = place &+ 1 == capacity ? 0 : place &+ 1
        (written + 1).pointee.store(UInt64(next), ordering: .relaxed)
        written.pointee.store(number, ordering: .releasing)
    }

    /// Calls `body` with the words of each entry, the newest first, until it returns false. Any thread.
    ///
    /// - Parameter words: room for an entry without its stamp.
    func forEach(_ words: UnsafeMutablePointer<UInt64>, _ body: () -> Bool) {
        let newest = written.pointee.load(ordering: .acquiring)
        let oldest = newest > UInt64(capacity) ? newest - UInt64(capacity) : 0
        var number = newest
        while number > oldest {
            let entry = memory + Int((number - 1) % UInt64(capacity)) * stride
            guard entry.pointee.load(ordering: .acquiring) == number else { return }
            for word in 1..<stride {
                words[word - 1] = entry[word].load(ordering: .relaxed)
            }
            atomicMemoryFence(ordering: .acquiring)
            guard entry.pointee.load(ordering: .relaxed) == number, body() else { return }
            number -= 1
        }
    }
}
