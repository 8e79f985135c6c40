// SPDX-License-Identifier: Apache-2.0
//
// A binary heap whose entries are dropped late: a route's deadline may move or go while its entry is
// anywhere in the heap, so whoever takes an entry asks the route whether it still holds.

/// When which routes are to be decided again though no input changed.
struct DeadlineQueue: Sendable {
    private struct Entry: Sendable {
        let time: Duration
        let position: Int
    }

    private var heap: [Entry] = []

    var count: Int { heap.count }

    mutating func insert(_ position: Int, at time: Duration) {
        heap.append(Entry(time: time, position: position))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The next position whose time has come, when it still `holds`.
    mutating func popDue(now: Duration, _ holds: (Int, Duration) -> Bool) -> Int? {
        while let first = heap.first, first.time <= now {
            removeFirst()
            if holds(first.position, first.time) { return first.position }
        }
        return nil
    }

    /// The earliest time that still `holds`.
    mutating func next(_ holds: (Int, Duration) -> Bool) -> Duration? {
        while let first = heap.first {
            if holds(first.position, first.time) { return first.time }
            removeFirst()
        }
        return nil
    }

    mutating func removeAll() { heap = [] }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
