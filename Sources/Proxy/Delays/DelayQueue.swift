// SPDX-License-Identifier: Apache-2.0
//
// A binary heap by the time at which an answer is due. Nothing is allocated before the first delay;
// each answer has memory of its own then.

import Glibc

/// Answers of one worker that rules keep back (`DelayAction`, `DelayResponseAction`), bounded. Pure:
/// time is a parameter.
struct DelayQueue: ~Copyable {
    /// Answers at most: beyond it they are sent at once, so that a flood of delayed ones is no
    /// other client's trouble. 8 192 answers of the usual size take a few megabytes.
    static let countMax = 8_192
    static let bytesMax = 8 << 20
    /// Longer delays are cut: a client has long given up by then.
    static let microsecondsMax: UInt64 = 60_000_000

    /// An answer that waits. Whoever takes it frees its message.
    struct Entry {
        var dueMicroseconds: UInt64
        var message: UnsafeMutableRawBufferPointer
        var client: sockaddr_in6
        /// Octets of `client`.
        var clientLength: UInt8
        /// The address that was asked; used when the listener is a wildcard.
        var local: sockaddr_in6
        /// Index of the listener it leaves by.
        var listener: Int32
    }

    private var heap: UnsafeMutablePointer<Entry>?
    private(set) var count = 0
    private var bytes = 0

    deinit {
        guard let heap else { return }
        for index in 0..<count { heap[index].message.deallocate() }
        heap.deallocate()
    }

    var isEmpty: Bool { count == 0 }

    /// When the next answer is due; the end of time when there is none.
    var nextMicroseconds: UInt64 {
        guard count > 0, let heap else { return .max }
        return heap[0].dueMicroseconds
    }

    /// Keeps a copy of an answer back. False, and nothing kept, when the queue is full.
    mutating func add(
        _ answer: UnsafeRawBufferPointer, client: sockaddr_in6, clientLength: UInt8,
        local: sockaddr_in6, listener: Int32, milliseconds: UInt32, nowMicroseconds: UInt64
    ) -> Bool {
        guard count < Self.countMax, bytes + answer.count <= Self.bytesMax else { return false }
        let heap = self.heap ?? .allocate(capacity: Self.countMax)
        self.heap = heap
        let message = UnsafeMutableRawBufferPointer.allocate(
            byteCount: answer.count, alignment: 8)
        message.copyMemory(from: answer)
        bytes += answer.count
        let wait = min(UInt64(milliseconds) * 1_000, Self.microsecondsMax)
        (heap + count).initialize(
            to: Entry(
                dueMicroseconds: nowMicroseconds &+ wait, message: message, client: client,
                clientLength: clientLength, local: local, listener: listener))
        count += 1
        rise(heap, from: count - 1)
        return true
    }

    /// Takes an answer that is due; `nil` when none is.
    mutating func take(nowMicroseconds: UInt64) -> Entry? {
        guard count > 0, let heap, heap[0].dueMicroseconds <= nowMicroseconds else { return nil }
        let first = heap[0]
        count -= 1
        bytes -= first.message.count
        heap[0] = heap[count]
        sink(heap)
        return first
    }

    private func rise(_ heap: UnsafeMutablePointer<Entry>, from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].dueMicroseconds < heap[parent].dueMicroseconds else { return }
            swap(&heap[index], &heap[parent])
            index = parent
        }
    }

    private func sink(_ heap: UnsafeMutablePointer<Entry>) {
        var index = 0
        while true {
            var least = index
            for child in 2 * index + 1...2 * index + 2
            where child < count && heap[child].dueMicroseconds < heap[least].dueMicroseconds {
                least = child
            }
            guard least != index else { return }
            swap(&heap[index], &heap[least])
            index = least
        }
    }
}
