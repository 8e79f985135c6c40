// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Synchronization

/// One block that is in force, or was. Control's thread; the plane's threads see its state alone.
public final class DynamicBlock {
    /// What is blocked.
    public enum Subject: Hashable, Sendable {
        case source(BlockedSource)
        /// A name in wire form, in small letters, and all below it.
        case name(WireName)
    }

    public let subject: Subject
    public internal(set) var reason: String
    /// Inserted by a rule's warning rate: nothing happens to queries yet.
    public internal(set) var isWarning: Bool
    let state: UnsafeMutablePointer<BlockState>

    init(
        _ subject: Subject, reason: String, untilMicroseconds: UInt64, action: ScriptAction,
        isWarning: Bool
    ) {
        self.subject = subject
        self.reason = reason
        self.isWarning = isWarning
        state = .allocate(capacity: 1)
        state.initialize(
            to: BlockState(untilMicroseconds: untilMicroseconds, action: action))
    }

    /// Whoever looks at the state holds the block.
    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// The monotonic clock.
    public var untilMicroseconds: UInt64 {
        state.pointee.untilMicroseconds.load(ordering: .relaxed)
    }

    /// `.none` stands for the configuration's (`setDynBlocksAction`).
    public var action: ScriptAction { state.pointee.action }

    /// Queries that met it.
    public var count: UInt64 { state.pointee.count.load(ordering: .relaxed) }

    public func isInForce(nowMicroseconds: UInt64) -> Bool { nowMicroseconds < untilMicroseconds }
}
