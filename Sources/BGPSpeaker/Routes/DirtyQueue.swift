// SPDX-License-Identifier: Apache-2.0

/// Slots that wait to be looked at, in the order in which they came; each is in it once at most,
/// which its owner's flags see to.
struct DirtyQueue: Sendable {
    /// Room that an empty queue keeps: a batch or four.
    private static let keptMax = 4096

    private var slots: [UInt32] = []
    private var head = 0

    mutating func append(_ slot: Int) {
        slots.append(UInt32(slot))
    }

    mutating func popFirst() -> Int? {
        guard head < slots.count else { return nil }
        let first = Int(slots[head])
        head += 1
        // What was taken is dropped at the end, or once it is the larger part.
        if head == slots.count {
            slots.removeAll(keepingCapacity: slots.capacity <= 2 * Self.keptMax)
            head = 0
        } else if head > Self.keptMax, head * 2 > slots.count {
            slots.removeFirst(head)
            head = 0
        }
        return first
    }
}
