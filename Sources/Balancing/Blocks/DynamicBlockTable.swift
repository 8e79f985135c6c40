// SPDX-License-Identifier: Apache-2.0
//
// Control keeps the blocks; plane threads look into a compiled table of them, which is replaced when
// blocks come or go (``SnapshotCell/publish(_:)``). Until when a block holds and what it does are read
// through the table, in the block's own state: to prolong a thousand blocks replaces nothing.

import Addressing
import Declarations
import Synchronization

/// The dynamic blocks of the daemon: they outlive reloads. One thread uses it (control).
public final class DynamicBlockTable {
    /// Blocks at most, of sources and names together: more is an attack with forged addresses,
    /// against which blocking addresses is no help.
    public static let blocksMax = 131_072
    /// Events kept for the log; more in one second are counted.
    public static let eventsMax = 100

    public enum Outcome: Hashable, Sendable {
        case inserted
        /// It was in force and holds longer now.
        case prolonged
        /// One in force that holds longer, or is more than a warning, stays.
        case kept
        /// There are ``blocksMax``.
        case full
    }

    private var blocks: [DynamicBlock.Subject: DynamicBlock] = [:]
    private var events: [BlockEvent] = []
    private var eventsLost = 0
    /// Refused since the start because there were too many.
    public private(set) var refused: UInt64 = 0
    /// Blocks came or went since the plane's table was compiled.
    public private(set) var needsPublishing = false
    private let cell = BlockCell()
    private var compiled: CompiledBlocks?

    init() {}

    /// Every snapshot that named it is gone.
    deinit { cell.deallocate() }

    /// What plane threads look up; in every snapshot.
    var plane: BlockCell { cell }

    public var count: Int { blocks.count }

    /// Those in force, in no particular order.
    public func inForce(nowMicroseconds: UInt64) -> [DynamicBlock] {
        blocks.values.filter { $0.isInForce(nowMicroseconds: nowMicroseconds) }
    }

    /// The block of this very subject, in force or just over.
    public func block(of subject: DynamicBlock.Subject) -> DynamicBlock? { blocks[subject] }

    // MARK: Changing

    /// Blocks somebody, as dnsdist does: a block in force is prolonged, never shortened, and no
    /// warning takes the place of a block.
    @discardableResult
    public func insert(_ order: BlockOrder, nowMicroseconds: UInt64) -> Outcome {
        let until = nowMicroseconds &+ UInt64(max(0, order.seconds)) &* 1_000_000
        if let known = blocks[order.subject] {
            if known.isInForce(nowMicroseconds: nowMicroseconds) {
                return prolong(known, order, until)
            }
            note(.expired(count: known.count), known)
            blocks[order.subject] = nil
        }
        guard blocks.count < Self.blocksMax else {
            refused += 1
            return .full
        }
        let block = DynamicBlock(
            order.subject, reason: order.reason, untilMicroseconds: until, action: order.action,
            isWarning: order.isWarning)
        blocks[order.subject] = block
        needsPublishing = true
        noteInsertion(of: block, order)
        return .inserted
    }

    private func prolong(
        _ known: DynamicBlock, _ order: BlockOrder, _ until: UInt64
    ) -> Outcome {
        let becomesBlock = known.isWarning && !order.isWarning
        if !becomesBlock, order.isWarning != known.isWarning || until < known.untilMicroseconds {
            return .kept
        }
        known.reason = order.reason
        known.isWarning = order.isWarning
        known.state.pointee.setAction(order.action)
        known.state.pointee.untilMicroseconds.store(until, ordering: .relaxed)
        guard becomesBlock else { return .prolonged }
        noteInsertion(of: known, order)
        return .inserted
    }

    /// Forgets what is over; control calls it on its timer.
    public func expire(nowMicroseconds: UInt64) {
        for block in blocks.values where !block.isInForce(nowMicroseconds: nowMicroseconds) {
            blocks[block.subject] = nil
            needsPublishing = true
            note(.expired(count: block.count), block)
        }
    }

    /// `clearDynBlocks`.
    public func removeAll() {
        guard !blocks.isEmpty else { return }
        for block in blocks.values { note(.cleared, block) }
        blocks = [:]
        needsPublishing = true
    }

    // MARK: The log's

    private func noteInsertion(of block: DynamicBlock, _ order: BlockOrder) {
        guard !order.isQuiet else { return }
        note(.inserted(seconds: order.seconds, detail: order.detail), block)
    }

    private func note(_ kind: BlockEvent.Kind, _ block: DynamicBlock) {
        guard events.count < Self.eventsMax else {
            eventsLost += 1
            return
        }
        events.append(BlockEvent(kind, block))
    }

    /// What happened since the last call, and how much more did.
    public func takeEvents() -> (events: [BlockEvent], lost: Int) {
        defer {
            events.removeAll(keepingCapacity: true)
            eventsLost = 0
        }
        return (events, eventsLost)
    }

    // MARK: The plane's

    /// Gives the plane a table of the blocks there are, and returns the one before, which plane
    /// threads may still use. ``SnapshotCell/publish(_:)`` calls it.
    func exchange() -> AnyObject? {
        needsPublishing = false
        let made = blocks.isEmpty ? nil : CompiledBlocks(Array(blocks.values))
        cell.store(made?.view)
        defer { compiled = made }
        return compiled
    }
}
