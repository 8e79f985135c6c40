// SPDX-License-Identifier: Apache-2.0
//
//   | octets 2 | target 2 | microseconds 8 | family, address 1 + 16 | port 2 | id 2 | type 2 |
//   | code 2, 0xffff for a query | name … |
//
// Entries lie behind one another, around the ring's end. `head` counts the octets ever written,
// `tail` those ever read; the writer owns one, the reader the other.

import Addressing
import DNSWire
import Glibc
import Synchronization

/// A ring of log entries: one thread notes, one takes. What finds no room is counted.
struct RuleLogRing: @unchecked Sendable {
    // Unchecked: each octet is either the writer's or the reader's, by the atomics.

    /// About 4 000 entries, between two of control's looks.
    static let bytes = 1 << 18
    private static let fixedBytes = 37
    private static let longestBytes = fixedBytes + 255

    private let memory: UnsafeMutableRawPointer
    private let head: UnsafeMutablePointer<Atomic<UInt64>>
    private let tail: UnsafeMutablePointer<Atomic<UInt64>>
    private let drops: UnsafeMutablePointer<Atomic<UInt64>>

    /// Allocates; the owner calls ``deallocate()``.
    init() {
        // The writer's counters, then the reader's, on lines of their own.
        memory = .allocate(byteCount: 256 + Self.bytes, alignment: 128)
        head = memory.bindMemory(to: Atomic<UInt64>.self, capacity: 2)
        drops = head + 1
        tail = (memory + 128).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        head.initialize(to: Atomic(0))
        drops.initialize(to: Atomic(0))
        tail.initialize(to: Atomic(0))
    }

    func deallocate() { memory.deallocate() }

    var dropped: UInt64 { drops.pointee.load(ordering: .relaxed) }

    /// Notes a message; called by the ring's plane thread.
    func note(_ target: UInt16, _ query: borrowing PolicyQuery) {
        let size = Self.fixedBytes + Int(query.nameLength)
        let start = head.pointee.load(ordering: .relaxed)
        guard Int(start &- tail.pointee.load(ordering: .acquiring)) + size <= Self.bytes,
            size <= Self.longestBytes, let message = query.message
        else {
            drops.pointee.store(dropped &+ 1, ordering: .relaxed)
            return
        }
        let (now, client, type) = (query.nowMicroseconds, query.remoteAddress, query.queryType)
        let code = query.isResponse ? message.responseCode.rawValue : .max
        let name = UnsafeRawBufferPointer(query.name)
        withUnsafeTemporaryAllocation(byteCount: Self.longestBytes, alignment: 8) { entry in
            var writer = EntryWriter(entry)
            writer.append(UInt16(size))
            writer.append(target)
            writer.append(now)
            writer.append(address: client)
            writer.append(message.id)
            writer.append(type)
            writer.append(code)
            writer.append(name)
            copyIn(UnsafeRawBufferPointer(rebasing: entry[..<size]), at: start)
        }
        head.pointee.store(start &+ UInt64(size), ordering: .releasing)
    }

    /// Takes all entries; called by one thread at a time.
    func take(_ body: (RuleLogEntry) -> Void) {
        let end = head.pointee.load(ordering: .acquiring)
        var position = tail.pointee.load(ordering: .relaxed)
        withUnsafeTemporaryAllocation(byteCount: Self.longestBytes, alignment: 8) { entry in
            while position < end {
                copyOut(UnsafeMutableRawBufferPointer(rebasing: entry[..<2]), from: position)
                let size = Int(entry.load(as: UInt16.self))
                copyOut(UnsafeMutableRawBufferPointer(rebasing: entry[..<size]), from: position)
                body(Self.decode(UnsafeRawBufferPointer(rebasing: entry[..<size])))
                position &+= UInt64(size)
                // At once: the writer may use it.
                tail.pointee.store(position, ordering: .releasing)
            }
        }
    }

    private static func decode(_ entry: UnsafeRawBufferPointer) -> RuleLogEntry {
        func word(_ offset: Int) -> UInt16 {
            entry.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
        }
        let octets = Array(entry[13..<(entry[12] == 4 ? 17 : 29)])
        let code = word(35)
        return RuleLogEntry(
            target: Int(word(2)),
            microseconds: entry.loadUnaligned(fromByteOffset: 4, as: UInt64.self),
            // Four or sixteen octets, which are an address.
            client: IPAddress(bytes: octets) ?? .loopbackV4, port: UInt16(bigEndian: word(29)),
            id: word(31), queryType: word(33), responseCode: code == .max ? nil : code,
            name: Array(entry[fixedBytes...]))
    }

    // MARK: Around the end

    private func copyIn(_ entry: UnsafeRawBufferPointer, at position: UInt64) {
        let offset = Int(position % UInt64(Self.bytes))
        let first = min(entry.count, Self.bytes - offset)
        let start = entry.baseAddress!  // an entry is never empty
        (memory + 256 + offset).copyMemory(from: start, byteCount: first)
        (memory + 256).copyMemory(from: start + first, byteCount: entry.count - first)
    }

    private func copyOut(_ entry: UnsafeMutableRawBufferPointer, from position: UInt64) {
        let offset = Int(position % UInt64(Self.bytes))
        let first = min(entry.count, Self.bytes - offset)
        let start = entry.baseAddress!  // an entry is never empty
        start.copyMemory(from: memory + 256 + offset, byteCount: first)
        (start + first).copyMemory(from: memory + 256, byteCount: entry.count - first)
    }

    private struct EntryWriter {
        private let entry: UnsafeMutableRawBufferPointer
        private var offset = 0

        init(_ entry: UnsafeMutableRawBufferPointer) { self.entry = entry }

        mutating func append<Number: FixedWidthInteger>(_ number: Number) {
            entry.storeBytes(of: number, toByteOffset: offset, as: Number.self)
            offset += MemoryLayout<Number>.size
        }

        /// Family, sixteen octets of which an IPv4 address takes four, and the port in network order.
        mutating func append(address: UnsafeRawPointer) {
            let isV4 = Int32(address.loadUnaligned(as: sa_family_t.self)) == AF_INET
            append(UInt8(isV4 ? 4 : 6))
            UnsafeMutableRawBufferPointer(rebasing: entry[offset...]).copyMemory(
                from: UnsafeRawBufferPointer(start: address + (isV4 ? 4 : 8), count: isV4 ? 4 : 16))
            offset += 16
            append(address.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }

        mutating func append(_ octets: UnsafeRawBufferPointer) {
            UnsafeMutableRawBufferPointer(rebasing: entry[offset...]).copyMemory(from: octets)
            offset += octets.count
        }
    }
}
