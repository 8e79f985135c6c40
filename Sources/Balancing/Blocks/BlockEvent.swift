// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// Something about blocks that the log tells.
public struct BlockEvent: Sendable {
    public enum Kind: Sendable {
        /// `detail` says what was measured, in words; may be empty.
        case inserted(seconds: Int, detail: String)
        /// Its time was over; `count` is the queries that met it.
        case expired(count: UInt64)
        case cleared
    }

    public let kind: Kind
    public let subject: DynamicBlock.Subject
    public let reason: String
    public let action: ScriptAction
    public let isWarning: Bool
    public let untilMicroseconds: UInt64

    init(_ kind: Kind, _ block: DynamicBlock) {
        self.kind = kind
        subject = block.subject
        reason = block.reason
        action = block.action
        isWarning = block.isWarning
        untilMicroseconds = block.untilMicroseconds
    }
}
