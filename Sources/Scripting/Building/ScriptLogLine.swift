// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A line that a script logged (`infolog`, `warnlog`, `errlog`, `print`).
public struct ScriptLogLine: Hashable, Sendable {
    public enum Priority: String, Hashable, Sendable {
        case info, warning, error
    }

    public let priority: Priority
    public let text: String
    /// The line that logged it.
    public let location: SourceLocation?

    public init(priority: Priority, text: String, location: SourceLocation?) {
        self.priority = priority
        self.text = text
        self.location = location
    }
}
