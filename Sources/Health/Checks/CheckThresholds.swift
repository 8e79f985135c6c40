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
    /// A hard failure that the next run confirms is down at once (`hardFail = "confirm"`).
    public let confirmsHardFailures: Bool
    /// For so long after the last success failures do not make it down.
    public let restartGrace: Duration

    public init(
        rise: Int, fall: Int, errorGrace: Duration, confirmsHardFailures: Bool = false,
        restartGrace: Duration = .zero
    ) {
        self.confirmsHardFailures = confirmsHardFailures
        self.restartGrace = max(.zero, restartGrace)
        self.rise = max(1, rise)
        self.fall = max(1, fall)
        self.errorGrace = max(.zero, errorGrace)
    }

    public init(_ declaration: CheckDeclaration) {
        self.init(
            rise: declaration.rise, fall: declaration.fall,
            errorGrace: .milliseconds(declaration.errorGraceMilliseconds),
            confirmsHardFailures: declaration.hardFail == .confirm,
            restartGrace: .milliseconds(declaration.restartGraceMilliseconds))
    }
}
