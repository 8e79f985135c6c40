// SPDX-License-Identifier: Apache-2.0

public import Declarations
import LuaRuntime

/// One thing that went wrong in a script: data, never an end of the process (DESIGN §3.4).
public struct ScriptFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line, without the position.
    public let message: String
    /// Where, when it is known.
    public let location: SourceLocation?
    /// The call stack, innermost first, bounded; empty when there was none.
    public let traceback: String
    /// It was cut off by its CPU budget.
    public let usedUpBudget: Bool

    public init(
        message: String, location: SourceLocation?, traceback: String = "",
        usedUpBudget: Bool = false
    ) {
        self.message = message
        self.location = location
        self.traceback = traceback
        self.usedUpBudget = usedUpBudget
    }

    /// `FILE:LINE: message`.
    public var description: String {
        location.map { "\($0): \(message)" } ?? message
    }
}
