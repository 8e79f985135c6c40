// SPDX-License-Identifier: Apache-2.0

/// Datagrams of a batch that go the same way, linked by ``DatagramBatch/next``.
struct DatagramChain {
    var first: Int16 = -1
    var last: Int16 = -1

    var isEmpty: Bool { first < 0 }

    /// Adds a datagram; true when it is the chain's first.
    mutating func append(_ index: Int, _ next: UnsafeMutablePointer<Int16>) -> Bool {
        let added = Int16(truncatingIfNeeded: index)
        next[index] = -1
        defer { last = added }
        if first < 0 {
            first = added
            return true
        }
        next[Int(last)] = added
        return false
    }

    mutating func clear() { first = -1 }
}
