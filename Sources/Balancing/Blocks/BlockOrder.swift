// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A block that a rule or a script wants.
public struct BlockOrder: Sendable {
    public var subject: DynamicBlock.Subject
    public var reason: String
    public var seconds: Int
    /// `.none` leaves it to the configuration.
    public var action: ScriptAction
    /// A warning's: the action is ``ScriptAction/noOp`` whatever was given.
    public var isWarning: Bool
    /// What was measured, in words, for the log; may be empty.
    public var detail: String
    /// Nothing is logged.
    public var isQuiet: Bool

    public init(
        _ subject: DynamicBlock.Subject, reason: String, seconds: Int,
        action: ScriptAction = .none, isWarning: Bool = false, detail: String = "",
        isQuiet: Bool = false
    ) {
        self.subject = subject
        self.reason = reason
        self.seconds = seconds
        self.action = isWarning ? .noOp : action
        self.isWarning = isWarning
        self.detail = detail
        self.isQuiet = isQuiet
    }
}
