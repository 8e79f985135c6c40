// SPDX-License-Identifier: Apache-2.0
//
// What may be chosen changes when a server's state does, some times a minute; a choice is made a
// hundred thousand times a second. So each plane thread keeps, of each pool, the live servers and
// where their shares end, and looks at all of them again only after the slab's state epoch has moved.
// Nothing is published and nothing is shared: what one thread keeps another never sees.

import Glibc

/// The servers of a pool that may be chosen, as one plane thread saw them in one state epoch.
///
/// The memory is the snapshot's, the contents are the thread's.
struct LiveServers {
    /// The state epoch it was made in; 0 before the first.
    private(set) var epoch: UInt64 = 0
    private(set) var count = 0
    /// Of `ends`, as far as a draw goes.
    private(set) var total: UInt64 = 0
    /// Whether the shares are in 65 536ths.
    private(set) var isScaled = false
    /// When `positions` was last sorted by latency.
    private var rankedMicroseconds: UInt64 = 0
    private let capacity: Int
    /// Positions in the pool's list.
    let positions: UnsafeMutablePointer<Int32>
    /// Where the share of each ends; while they are ranked, their latencies.
    private let ends: UnsafeMutablePointer<UInt64>

    /// For how many servers.
    init(capacity: Int) {
        self.capacity = capacity
        positions =
            UnsafeMutableRawPointer
            .allocateZeroed(byteCount: max(1, capacity) * MemoryLayout<Int32>.stride)
            .bindMemory(to: Int32.self, capacity: capacity)
        ends =
            UnsafeMutableRawPointer
            .allocateZeroed(byteCount: max(1, capacity) * MemoryLayout<UInt64>.stride)
            .bindMemory(to: UInt64.self, capacity: capacity)
    }

    /// For a pool with this policy: empty when the policy has no use for it.
    init(for policy: PolicyEntry.Kind, servers: Int) {
        guard case .builtin(let builtin) = policy,
            PlaneView.keepsLive(builtin, servers: servers)
        else {
            self.init(capacity: 0)
            return
        }
        self.init(capacity: servers)
    }

    func deallocate() {
        UnsafeMutableRawPointer(positions).deallocateZeroed()
        UnsafeMutableRawPointer(ends).deallocateZeroed()
    }

    /// Looks at all servers again.
    ///
    /// - Parameters:
    ///   - epoch: read before: what changes meanwhile moves it on, and this is done again.
    ///   - isTier: only those of the lowest order that has a live one.
    mutating func make(
        _ view: borrowing PlaneView, _ list: PlaneView.Ordinals, epoch: UInt64, isTier: Bool
    ) {
        precondition(list.count <= capacity, "the pool's own list")
        self.epoch = epoch
        rankedMicroseconds = 0
        count = 0
        isScaled = false
        var lowest = Int.max
        for position in 0..<list.count {
            let server = view.records[Int(list[position])]
            guard server.isUp else { continue }
            if isTier {
                let order = server.order
                if order > lowest { continue }
                if order < lowest {
                    lowest = order
                    count = 0
                    isScaled = false
                }
            }
            if server.scaledScore != ServerHandle.scaledScoreMax { isScaled = true }
            positions[count] = Int32(truncatingIfNeeded: position)
            count &+= 1
        }
        share(view, list)
    }

    /// Lays the shares end to end, as ``PlaneView/weighted(_:_:)`` counts them.
    private mutating func share(_ view: borrowing PlaneView, _ list: PlaneView.Ordinals) {
        var end: UInt64 = 0
        for index in 0..<count {
            let server = view.records[Int(list[Int(positions[index])])]
            let weight = UInt64(server.weight)
            end &+= isScaled ? weight &* UInt64(server.scaledScore) : weight
            ends[index] = end
        }
        if end == 0 {
            // All scores 0: up all the same, so that each is as good as the other.
            for index in 0..<count { ends[index] = UInt64(index) &+ 1 }
            end = UInt64(count)
        }
        total = isScaled ? end : min(end, UInt64(ServerHandle.weightMax))
    }

    /// The position of the server into whose share a number below ``total`` falls.
    func position(at target: UInt64) -> Int32 {
        var low = 0
        var high = count &- 1
        while low < high {
            let middle = (low &+ high) >> 1
            if ends[middle] > target { high = middle } else { low = middle &+ 1 }
        }
        return positions[low]
    }
}

// MARK: - leastOutstanding

extension LiveServers {
    /// Pools up to so many servers are looked through whole for each query.
    static let exactMax = 32
    /// How long a ranking is used: latencies are averages of 128 answers.
    private static let rankedMicrosecondsMax: UInt64 = 250_000

    /// The position of a server with the smallest (outstanding, order, latency).
    ///
    /// In the order of (order, latency), so that the first server without a query in flight is the
    /// one: as many are looked at as are busy. The latencies are a quarter of a second old at most.
    mutating func leastOutstanding(
        _ view: borrowing PlaneView, _ list: PlaneView.Ordinals, nowMicroseconds now: UInt64
    ) -> Int32 {
        if now &- rankedMicroseconds > Self.rankedMicrosecondsMax || rankedMicroseconds == 0 {
            rank(view, list)
            rankedMicroseconds = max(1, now)
        }
        var best = PlaneView.none
        var bestKey = (Int.max, Int.max, Double.infinity)
        for index in 0..<count {
            let server = view.records[Int(list[Int(positions[index])])]
            let outstanding = server.outstanding
            if outstanding <= 0 { return positions[index] }
            guard best == PlaneView.none || outstanding <= bestKey.0 else { continue }
            let key = (outstanding, server.order, server.latencyMicroseconds)
            guard best == PlaneView.none || key < bestKey else { continue }
            best = positions[index]
            bestKey = key
        }
        return best
    }

    /// Sorts by (order, latency, position): a heap sort, which needs no memory. Orders that change
    /// meanwhile spoil the order until the epoch, which they move on, is seen.
    private func rank(_ view: borrowing PlaneView, _ list: PlaneView.Ordinals) {
        for index in 0..<count {
            let server = view.records[Int(list[Int(positions[index])])]
            // Latencies are not negative: their bits are ordered as they are.
            ends[index] = server.latencyMicroseconds.bitPattern
        }
        var start = count / 2
        while start > 0 {
            start &-= 1
            sift(start, count, view, list)
        }
        var end = count
        while end > 1 {
            end &-= 1
            swap(0, end)
            sift(0, end, view, list)
        }
    }

    private func sift(
        _ start: Int, _ end: Int, _ view: borrowing PlaneView, _ list: PlaneView.Ordinals
    ) {
        var root = start
        while root &* 2 &+ 1 < end {
            var child = root &* 2 &+ 1
            if child &+ 1 < end, isBefore(child, child &+ 1, view, list) { child &+= 1 }
            guard isBefore(root, child, view, list) else { return }
            swap(root, child)
            root = child
        }
    }

    private func isBefore(
        _ one: Int, _ other: Int, _ view: borrowing PlaneView, _ list: PlaneView.Ordinals
    ) -> Bool {
        let oneOrder = view.records[Int(list[Int(positions[one])])].order
        let otherOrder = view.records[Int(list[Int(positions[other])])].order
        return (oneOrder, ends[one], positions[one]) < (otherOrder, ends[other], positions[other])
    }

    private func swap(_ one: Int, _ other: Int) {
        let position = positions[one]
        positions[one] = positions[other]
        positions[other] = position
        let end = ends[one]
        ends[one] = ends[other]
        ends[other] = end
    }
}
