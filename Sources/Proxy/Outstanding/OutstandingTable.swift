// SPDX-License-Identifier: Apache-2.0
//
// Queries in flight, found by (socket, identifier). A hash of both leads to a chain of slots; slots
// are taken last in, first out, so that a worker touches only as many as it has in flight. A slot
// hangs in the bucket of the tick in which it expires: arming and disarming are two links, and a
// sweep costs what has expired, whatever the timeouts of the servers are. There are no other timers.
//
// An identifier whose query timed out stays in the table for one more timeout. Until then it cannot
// be given to another query of that socket, so a late answer finds an expired slot, and nobody.

import Balancing

/// The outstanding queries of one worker. Pure: time and identifiers are parameters.
struct OutstandingTable: ~Copyable {
    /// Queries that one worker may have in flight, expired ones included. The default is four seconds
    /// (two of waiting, two expired) of 32 000 queries a second that no server answers. Each takes
    /// about 320 octets, but only as many are touched as were ever in
    /// flight at once.
    static let capacityDefault = 131_072
    static let capacityMin = 256
    static let capacityMax = 1_048_576

    /// The longest question: a name of 255 octets, type and class (RFC 1035 §2.3.4).
    static let questionBytesMax = 259
    /// Of each slot: a header, the longest question, and what follows it in nearly every query.
    static let messageBytesMax = QueryStore.longBytes
    private static let headerBytes = 12
    /// A tick is 2^14 microseconds, about 16 ms: how late a timeout may be noticed.
    static let tickShift: UInt64 = 14
    /// With 16 ms each, 67 s: longer than two of the longest timeouts.
    private static let bucketCount = 4_096
    /// The longest wait for a server, in microseconds.
    static let timeoutMicrosecondsMax: UInt64 = 30_000_000

    let capacity: Int
    private let slots: UnsafeMutablePointer<OutstandingSlot>
    private var queries: QueryStore
    /// Slot plus one, so that fresh memory is empty.
    private let heads: UnsafeMutablePointer<Int32>
    private let hashMask: UInt32
    private let buckets: UnsafeMutablePointer<Int32>
    private var freeHead: Int32 = -1
    /// Slots that were ever used.
    private var touched = 0
    private(set) var waitingCount = 0
    private(set) var expiredCount = 0
    /// The next tick to be swept.
    private var sweptTick: UInt64

    init(capacity: Int, nowMicroseconds: UInt64) {
        let bounded = min(max(capacity, Self.capacityMin), Self.capacityMax)
        self.capacity = bounded
        // Zeroes cost no memory before they are written to.
        slots =
            UnsafeMutableRawPointer
            .allocateZeroed(byteCount: bounded * MemoryLayout<OutstandingSlot>.stride)
            .bindMemory(to: OutstandingSlot.self, capacity: bounded)
        queries = QueryStore(capacity: bounded)
        var hashes = 1_024
        while hashes < bounded { hashes *= 2 }
        heads =
            UnsafeMutableRawPointer
            .allocateZeroed(byteCount: hashes * MemoryLayout<Int32>.stride)
            .bindMemory(to: Int32.self, capacity: hashes)
        hashMask = UInt32(hashes - 1)
        buckets = .allocate(capacity: Self.bucketCount)
        buckets.initialize(repeating: -1, count: Self.bucketCount)
        sweptTick = nowMicroseconds >> Self.tickShift
    }

    deinit {
        UnsafeMutableRawPointer(slots).deallocateZeroed()
        UnsafeMutableRawPointer(heads).deallocateZeroed()
        buckets.deallocate()
    }

    subscript(slot: Int32) -> UnsafeMutablePointer<OutstandingSlot> { slots + Int(slot) }

    /// The octets of a slot's question.
    func question(_ slot: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: octets(slot) + Self.headerBytes,
            count: Int(slots[Int(slot)].questionLength))
    }

    /// The query of a slot as it was sent, but for its identifier; empty when it was too long to be
    /// kept.
    func message(_ slot: Int32) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: octets(slot),
            count: Int(slots[Int(slot)].messageLength))
    }

    /// Stores the query of a slot: its question always, all of it up to ``messageBytesMax``.
    ///
    /// - Parameters:
    ///   - count: the query's octets.
    ///   - questionBytes: of its question, which begins after the header; at most
    ///     ``questionBytesMax``.
    mutating func setMessage(
        _ slot: Int32, from bytes: UnsafeRawPointer, count: Int, questionBytes: Int
    ) {
        precondition(
            questionBytes <= Self.questionBytesMax, "a question longer than its name may be")
        let isKept = count <= Self.messageBytesMax
        let kept = isKept ? count : Self.headerBytes &+ questionBytes
        let entry = slots + Int(slot)
        if kept > QueryStore.shortBytes, entry.pointee.longBlock == 0 {
            entry.pointee.longBlock = queries.take()
        }
        octets(slot).copyMemory(from: bytes, byteCount: kept)
        entry.pointee.questionLength = UInt16(truncatingIfNeeded: questionBytes)
        entry.pointee.messageLength = isKept ? UInt16(truncatingIfNeeded: count) : 0
    }

    private func octets(_ slot: Int32) -> UnsafeMutableRawPointer {
        queries.bytes(slot, block: slots[Int(slot)].longBlock)
    }

    /// The slot that has this identifier on this socket, waiting or expired; -1 for none.
    func find(socket: Int32, id: UInt16) -> Int32 {
        var slot = heads[Int(hash(socket, id))] &- 1
        while slot >= 0 {
            let candidate = slots + Int(slot)
            if candidate.pointee.id == id, candidate.pointee.socket == socket { return slot }
            slot = candidate.pointee.chainNext
        }
        return -1
    }

    /// Takes a slot for a query that waits until `deadlineMicroseconds`; -1 when all are taken.
    ///
    /// The identifier must not be in use on the socket. The caller fills in the rest.
    mutating func insert(socket: Int32, id: UInt16, deadlineMicroseconds: UInt64) -> Int32 {
        let slot: Int32
        if freeHead >= 0 {
            slot = freeHead
            freeHead = slots[Int(slot)].chainNext
        } else if touched < capacity {
            slot = Int32(truncatingIfNeeded: touched)
            touched &+= 1
        } else {
            return -1
        }
        let entry = slots + Int(slot)
        entry.pointee.phase = .waiting
        entry.pointee.id = id
        entry.pointee.socket = socket
        let index = Int(hash(socket, id))
        entry.pointee.chainNext = heads[index] &- 1
        heads[index] = slot &+ 1
        link(slot, deadlineMicroseconds)
        waitingCount &+= 1
        return slot
    }

    /// Frees a slot and its identifier.
    mutating func release(_ slot: Int32) {
        let entry = slots + Int(slot)
        if entry.pointee.phase == .waiting { waitingCount &-= 1 } else { expiredCount &-= 1 }
        unlink(slot)
        let index = Int(hash(entry.pointee.socket, entry.pointee.id))
        if heads[index] &- 1 == slot {
            heads[index] = entry.pointee.chainNext &+ 1
        } else {
            var before = heads[index] &- 1
            while slots[Int(before)].chainNext != slot { before = slots[Int(before)].chainNext }
            slots[Int(before)].chainNext = entry.pointee.chainNext
        }
        if entry.pointee.longBlock != 0 {
            queries.giveBack(entry.pointee.longBlock)
            entry.pointee.longBlock = 0
        }
        entry.pointee.phase = .free
        entry.pointee.chainNext = freeHead
        freeHead = slot
    }

    /// Turns a waiting slot into an expired one that keeps its identifier until then.
    mutating func quarantine(_ slot: Int32, untilMicroseconds: UInt64) {
        precondition(slots[Int(slot)].phase == .waiting, "only what waits can expire")
        unlink(slot)
        slots[Int(slot)].phase = .expired
        waitingCount &-= 1
        expiredCount &+= 1
        link(slot, untilMicroseconds)
    }

    /// A slot whose time is over, waiting or expired; -1 when there is none. The caller releases or
    /// quarantines it before it asks again.
    mutating func nextDue(nowMicroseconds: UInt64) -> Int32 {
        let nowTick = nowMicroseconds >> Self.tickShift
        guard waitingCount &+ expiredCount > 0 else {
            sweptTick = max(sweptTick, nowTick)
            return -1
        }
        while sweptTick < nowTick {
            let head = buckets[Int(sweptTick & UInt64(Self.bucketCount - 1))]
            if head >= 0 { return head }
            sweptTick &+= 1
        }
        return -1
    }

    /// Some slot that is in use, for the end of a worker; -1 for none.
    func anyInUse() -> Int32 {
        guard waitingCount + expiredCount > 0 else { return -1 }
        return Int32((0..<touched).first { slots[$0].phase != .free } ?? -1)
    }
}

extension OutstandingTable {
    private func hash(_ socket: Int32, _ id: UInt16) -> UInt32 {
        // Identifiers are random already: the socket only has to be spread over them.
        (UInt32(id) ^ UInt32(truncatingIfNeeded: socket) &* 0x9e37_79b1) & hashMask
    }

    private mutating func link(_ slot: Int32, _ deadlineMicroseconds: UInt64) {
        // The tick after the deadline's: nothing may expire early. One behind the sweep would wait
        // for the wheel to come round.
        let tick = max(deadlineMicroseconds >> Self.tickShift, sweptTick)
        let bucket = Int(tick & UInt64(Self.bucketCount - 1))
        let head = buckets[bucket]
        let entry = slots + Int(slot)
        entry.pointee.bucket = Int32(truncatingIfNeeded: bucket)
        entry.pointee.wheelNext = head
        entry.pointee.wheelPrevious = -1
        if head >= 0 { slots[Int(head)].wheelPrevious = slot }
        buckets[bucket] = slot
    }

    private mutating func unlink(_ slot: Int32) {
        let entry = slots + Int(slot)
        let next = entry.pointee.wheelNext
        let previous = entry.pointee.wheelPrevious
        if next >= 0 { slots[Int(next)].wheelPrevious = previous }
        if previous >= 0 {
            slots[Int(previous)].wheelNext = next
        } else {
            buckets[Int(entry.pointee.bucket)] = next
        }
    }
}
