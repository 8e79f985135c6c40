// SPDX-License-Identifier: Apache-2.0

/// The points of all servers of a pool on one circle, ascending, so that `chashed` finds a name's
/// server by one search instead of one for each server. Made with the snapshot; which of its owners
/// may be chosen is looked at when it is used.
struct HashRing {
    private let points: UnsafeMutablePointer<UInt32>
    /// The position in the pool's list of the server that a point is of; of equal points the first
    /// server's comes first.
    private let owners: UnsafeMutablePointer<Int32>
    /// The point's number among its server's.
    private let numbers: UnsafeMutablePointer<UInt16>
    private let count: Int

    /// - Parameters:
    ///   - ordinals: of the pool's servers.
    ///   - circles: by ordinal.
    init(_ ordinals: [Int], circles: UnsafeMutablePointer<HashPoints>) {
        var entries: [(place: UInt64, number: UInt16)] = []
        entries.reserveCapacity(ordinals.reduce(0) { $0 + circles[$1].count })
        for (position, ordinal) in ordinals.enumerated() {
            let circle = circles[ordinal]
            for index in 0..<circle.count {
                entries.append(
                    (UInt64(circle.points[index]) << 32 | UInt64(position), circle.numbers[index]))
            }
        }
        entries.sort { ($0.place, $0.number) < ($1.place, $1.number) }
        count = entries.count
        points = .allocate(capacity: count)
        owners = .allocate(capacity: count)
        numbers = .allocate(capacity: count)
        for (index, entry) in entries.enumerated() {
            (points + index).initialize(to: UInt32(entry.place >> 32))
            (owners + index).initialize(to: Int32(truncatingIfNeeded: entry.place & 0xffff_ffff))
            (numbers + index).initialize(to: entry.number)
        }
    }

    func deallocate() {
        points.deallocate()
        owners.deallocate()
        numbers.deallocate()
    }

    /// The owner of the first point at or after the hash, around the circle, that is admitted;
    /// ``PlaneView/none`` when none is.
    @inline(__always)
    func owner(from hash: UInt32, where admits: (_ owner: Int32, _ number: Int) -> Bool) -> Int32 {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            if points[middle] < hash { low = middle &+ 1 } else { high = middle }
        }
        for index in low..<count where admits(owners[index], Int(numbers[index])) {
            return owners[index]
        }
        for index in 0..<low where admits(owners[index], Int(numbers[index])) {
            return owners[index]
        }
        return PlaneView.none
    }
}
