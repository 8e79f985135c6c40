// SPDX-License-Identifier: Apache-2.0
//
// The kernel can be given several datagrams of one length for one destination at once, which costs it
// little more than one (measured: Docs/decisions/0018). Queries differ in length by their names, so
// those of a batch are sorted: one look at a table each.

/// Sorts a batch's datagrams for one destination by their length.
struct LengthGroups: ~Copyable {
    /// A longer query is not grouped; nearly all are shorter.
    static let bytesMax = 511
    /// UDP_MAX_SEGMENTS of the kernels that have the least.
    static let segmentsMax = 64

    /// The group of each length in this batch; -1 for none.
    private let byLength: UnsafeMutablePointer<Int16>
    private let chains: UnsafeMutablePointer<DatagramChain>
    private let sizes: UnsafeMutablePointer<Int16>
    private let lengths: UnsafeMutablePointer<Int16>
    private let next: UnsafeMutablePointer<Int16>
    private(set) var count = 0

    init(capacity: Int) {
        byLength = .allocate(capacity: Self.bytesMax + 1)
        byLength.initialize(repeating: -1, count: Self.bytesMax + 1)
        chains = .allocate(capacity: capacity)
        chains.initialize(repeating: DatagramChain(), count: capacity)
        sizes = .allocate(capacity: capacity)
        sizes.initialize(repeating: 0, count: capacity)
        lengths = .allocate(capacity: capacity)
        lengths.initialize(repeating: 0, count: capacity)
        next = .allocate(capacity: capacity)
        next.initialize(repeating: -1, count: capacity)
    }

    deinit {
        byLength.deallocate()
        chains.deallocate()
        sizes.deallocate()
        lengths.deallocate()
        next.deallocate()
    }

    /// Adds a datagram by its index in the batch.
    mutating func add(_ index: Int, length: Int) {
        let isShort = length <= Self.bytesMax
        if isShort {
            let group = Int(byLength[length])
            if group >= 0, sizes[group] < Self.segmentsMax {
                _ = chains[group].append(index, next)
                sizes[group] &+= 1
                return
            }
            byLength[length] = Int16(truncatingIfNeeded: count)
        }
        chains[count].clear()
        _ = chains[count].append(index, next)
        sizes[count] = 1
        lengths[count] = isShort ? Int16(truncatingIfNeeded: length) : -1
        count &+= 1
    }

    /// The first datagram of a group.
    func first(_ group: Int) -> Int { Int(chains[group].first) }

    /// The datagram after one of the same group; negative at its end.
    func after(_ index: Int) -> Int { Int(next[index]) }

    /// Forgets all groups.
    mutating func clear() {
        for group in 0..<count where lengths[group] >= 0 { byLength[Int(lengths[group])] = -1 }
        count = 0
    }
}
