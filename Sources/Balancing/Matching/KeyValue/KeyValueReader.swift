// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A plane thread's way into a ``KeyValueStore``: pointers to atomics, free to copy.
struct KeyValueReader: @unchecked Sendable {
    // Unchecked: a pointer to atomics.

    /// Octets between two marks: two cache lines, since processors fetch lines in pairs.
    private static let markStride = 128

    private let memory: UnsafeMutableRawPointer

    /// The first line has the pointer, then comes a mark for each thread.
    init(planeThreads: Int) {
        memory = .allocate(
            byteCount: (planeThreads + 1) * Self.markStride, alignment: Self.markStride)
        memory.bindMemory(to: Atomic<UnsafeMutableRawPointer?>.self, capacity: 1)
            .initialize(to: Atomic(nil))
        for thread in 0..<planeThreads {
            (memory + (thread + 1) * Self.markStride)
                .bindMemory(to: Atomic<Bool>.self, capacity: 1).initialize(to: Atomic(false))
        }
    }

    func deallocate() { memory.deallocate() }

    private var current: UnsafeMutablePointer<Atomic<UnsafeMutableRawPointer?>> {
        memory.assumingMemoryBound(to: Atomic<UnsafeMutableRawPointer?>.self)
    }

    private func mark(_ thread: Int) -> UnsafeMutablePointer<Atomic<Bool>> {
        (memory + (thread &+ 1) &* Self.markStride).assumingMemoryBound(to: Atomic<Bool>.self)
    }

    /// Puts another file in place and returns the one before.
    func exchange(_ file: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        current.pointee.exchange(file, ordering: .sequentiallyConsistent)
    }

    func isReading(thread: Int) -> Bool {
        mark(thread).pointee.load(ordering: .sequentiallyConsistent)
    }

    /// Calls `body` with the file that is current, if there is one.
    func withFile(thread: Int, _ body: (CDBFile) -> Bool) -> Bool {
        mark(thread).pointee.store(true, ordering: .sequentiallyConsistent)
        defer { mark(thread).pointee.store(false, ordering: .releasing) }
        guard let file = current.pointee.load(ordering: .sequentiallyConsistent) else {
            return false
        }
        return body(file.assumingMemoryBound(to: CDBFile.self).pointee)
    }
}
