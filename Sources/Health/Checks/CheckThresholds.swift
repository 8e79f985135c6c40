// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// How many results change a check's verdict, and how long a broken script leaves it standing.
public struct CheckThresholds: Hashable, Sendable {
    /// Consecutive successes that make it up; at least 1.
    public let rise: Int
    /// Consecutive failures that make it down; at least 1.
    public let fall: Int
    /// How long errors of the script leave the last verdict standing.
    public let errorGrace: Duration

    public init(rise: Int, fall: Int, errorGrace: Duration) {
        self.rise = max(1, rise)
        self.fall = max(1, fall)
        self.errorGrace = max(.zero, errorGrace)
    }

    public init(_ declaration: CheckDeclaration) {
        self.init(
            rise: declaration.rise, fall: declaration.fall,
            errorGrace: .milliseconds(declaration.errorGraceMilliseconds))
    }
}
