// SPDX-License-Identifier: Apache-2.0
//
//   | priority 4 | line 4 | file's length 4 | text's length 4 | file 240 | text 1024 |
//
// `head` counts the lines ever noted, `tail` those ever taken; the plane thread owns one, whoever
// takes owns the other. A line that finds no room is counted.

import Glibc
import Synchronization

/// Lines that the scripts of one plane thread logged: one thread notes, one takes.
///
/// Unchecked: head and tail are atomics that hand the lines between them over.
struct ScriptLogRing: @unchecked Sendable {
    // Unchecked: each slot is either the writer's or the reader's, by the atomics.

    /// Lines between two of control's looks, a second apart: enough to find a mistake by, and a
    /// policy that logs each query fills no disk.
    static let slots: UInt64 = 64
    static let fileBytesMax = 240
    static let textBytesMax = 1_024
    private static let fixedBytes = 16
    private static let slotBytes = fixedBytes + fileBytesMax + textBytesMax
    /// The writer's counters, then the reader's, on lines of their own.
    private static let counterBytes = 256

    /// The only field: of several, an optional ring's absence was read from another than it was
    /// written to (Swift 6.3, debug builds).
    private let memory: UnsafeMutableRawPointer

    private var head: UnsafeMutablePointer<Atomic<UInt64>> { counter(at: 0) }
    private var drops: UnsafeMutablePointer<Atomic<UInt64>> { counter(at: 8) }
    private var tail: UnsafeMutablePointer<Atomic<UInt64>> { counter(at: 128) }

    /// Allocates; the owner calls ``deallocate()``.
    init() {
        memory = .allocate(
            byteCount: Self.counterBytes + Int(Self.slots) * Self.slotBytes, alignment: 128)
        for offset in [0, 8, 128] {
            (memory + offset).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
                .initialize(to: Atomic(0))
        }
    }

    private func counter(at offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func deallocate() { memory.deallocate() }

    var dropped: UInt64 { drops.pointee.load(ordering: .relaxed) }

    /// Notes a line, cut to what fits; called by the ring's plane thread.
    func note(
        _ priority: Int32, _ text: UnsafeRawBufferPointer, file: UnsafePointer<CChar>?, line: Int32
    ) {
        let number = head.pointee.load(ordering: .relaxed)
        guard number &- tail.pointee.load(ordering: .acquiring) < Self.slots else {
            drops.pointee.store(dropped &+ 1, ordering: .relaxed)
            return
        }
        let slot = slot(number)
        let textBytes = min(text.count, Self.textBytesMax)
        // Of a long path its end says more.
        let pathBytes = file.map { strlen($0) } ?? 0
        let fileBytes = min(pathBytes, Self.fileBytesMax)
        slot.storeBytes(of: priority, as: Int32.self)
        slot.storeBytes(of: line, toByteOffset: 4, as: Int32.self)
        slot.storeBytes(of: Int32(fileBytes), toByteOffset: 8, as: Int32.self)
        slot.storeBytes(of: Int32(textBytes), toByteOffset: 12, as: Int32.self)
        if let file, fileBytes > 0 {
            (slot + Self.fixedBytes).copyMemory(
                from: file + (pathBytes - fileBytes), byteCount: fileBytes)
        }
        if let start = text.baseAddress, textBytes > 0 {
            (slot + Self.fixedBytes + Self.fileBytesMax).copyMemory(
                from: start, byteCount: textBytes)
        }
        head.pointee.store(number &+ 1, ordering: .releasing)
    }

    /// Takes all lines; called by one thread at a time.
    func take(_ body: (_ priority: Int32, _ text: String, _ file: String, _ line: Int) -> Void) {
        let end = head.pointee.load(ordering: .acquiring)
        var number = tail.pointee.load(ordering: .relaxed)
        while number < end {
            let slot = slot(number)
            func text(at offset: Int, _ length: Int) -> String {
                String(
                    decoding: UnsafeRawBufferPointer(start: slot + offset, count: length),
                    as: UTF8.self)
            }
            let fileBytes = Int(slot.load(fromByteOffset: 8, as: Int32.self))
            let textBytes = Int(slot.load(fromByteOffset: 12, as: Int32.self))
            body(
                slot.load(as: Int32.self),
                text(at: Self.fixedBytes + Self.fileBytesMax, textBytes),
                text(at: Self.fixedBytes, fileBytes),
                Int(slot.load(fromByteOffset: 4, as: Int32.self)))
            number &+= 1
            // At once: the writer may use it.
            tail.pointee.store(number, ordering: .releasing)
        }
    }

    private func slot(_ number: UInt64) -> UnsafeMutableRawPointer {
        memory + Self.counterBytes + Int(number % Self.slots) * Self.slotBytes
    }
}
