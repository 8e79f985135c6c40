// SPDX-License-Identifier: Apache-2.0

import Balancing

/// The octets of queries in flight: a short block for each slot, and a long one for the few that need
/// it. What is never in use costs no memory.
struct QueryStore: ~Copyable {
    /// Holds nearly every query: a name of 70 octets with EDNS, a cookie and a subnet.
    static let shortBytes = 128
    static let longBytes = 512

    private let short: UnsafeMutableRawPointer
    private let long: UnsafeMutableRawPointer
    /// Long blocks that were ever used.
    private var touched: Int32 = 0
    /// The first free long block plus one; each names the next in its first octets.
    private var free: Int32 = 0

    init(capacity: Int) {
        short = .allocateZeroed(byteCount: capacity * Self.shortBytes)
        long = .allocateZeroed(byteCount: capacity * Self.longBytes)
    }

    deinit {
        short.deallocateZeroed()
        long.deallocateZeroed()
    }

    /// Where a slot's octets are.
    ///
    /// - Parameter block: its long block plus one; 0 when it has none.
    func bytes(_ slot: Int32, block: Int32) -> UnsafeMutableRawPointer {
        block == 0
            ? short + Int(slot) &* Self.shortBytes
            : long + Int(block &- 1) &* Self.longBytes
    }

    /// Takes a long block. There are as many as slots, so each slot may have one.
    mutating func take() -> Int32 {
        guard free != 0 else {
            touched &+= 1
            return touched
        }
        let block = free
        free = bytes(0, block: block).load(as: Int32.self)
        return block
    }

    mutating func giveBack(_ block: Int32) {
        bytes(0, block: block).storeBytes(of: free, as: Int32.self)
        free = block
    }
}
