// SPDX-License-Identifier: Apache-2.0
//
// A query that a cache had no answer to takes its ticket along, to the server and back. Tickets are kept
// for the next such query: a thread has as many as ever waited at once, and takes no memory after that.
// They lie beside the queries' state and not in it, so that whoever has no cache carries a pointer more
// and nothing else.

/// Where the tickets of one plane thread come from, and go back to.
///
/// Its thread alone takes tickets and gives them back, also after the pool has ended.
public struct TicketPool: ~Copyable {
    fileprivate struct Shelf {
        var free: UnsafeMutablePointer<Block>?
        /// Tickets that are with queries.
        var givenOut = 0
        /// Whether the pool has ended; then the last ticket to come back takes the shelf along.
        var isClosed = false
    }

    /// A ticket with what leads it back.
    fileprivate struct Block {
        /// First, so that both have one address.
        var ticket: CacheTicket
        let shelf: UnsafeMutablePointer<Shelf>
        var next: UnsafeMutablePointer<Block>?
    }

    private let shelf: UnsafeMutablePointer<Shelf>

    public init() {
        shelf = .allocate(capacity: 1)
        shelf.initialize(to: Shelf())
    }

    deinit {
        shelf.pointee.isClosed = true
        while let block = shelf.pointee.free {
            shelf.pointee.free = block.pointee.next
            block.deallocate()
        }
        if shelf.pointee.givenOut == 0 { shelf.deallocate() }
    }

    /// A ticket, whatever it says; the caller's until ``giveBack(_:)``.
    public borrowing func take() -> UnsafeMutablePointer<CacheTicket> {
        shelf.pointee.givenOut &+= 1
        let block: UnsafeMutablePointer<Block>
        if let free = shelf.pointee.free {
            shelf.pointee.free = free.pointee.next
            block = free
        } else {
            block = .allocate(capacity: 1)
            block.initialize(to: Block(ticket: CacheTicket(), shelf: shelf, next: nil))
        }
        return UnsafeMutableRawPointer(block).assumingMemoryBound(to: CacheTicket.self)
    }

    /// Returns a ticket to the pool it is of.
    public static func giveBack(_ ticket: UnsafeMutablePointer<CacheTicket>) {
        let block = UnsafeMutableRawPointer(ticket).assumingMemoryBound(to: Block.self)
        let shelf = block.pointee.shelf
        shelf.pointee.givenOut &-= 1
        guard shelf.pointee.isClosed else {
            block.pointee.next = shelf.pointee.free
            shelf.pointee.free = block
            return
        }
        block.deallocate()
        if shelf.pointee.givenOut == 0 { shelf.deallocate() }
    }
}
