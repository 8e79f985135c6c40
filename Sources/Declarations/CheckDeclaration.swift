// SPDX-License-Identifier: Apache-2.0

/// A health check written in Lua (`newCheck`).
public struct CheckDeclaration: Hashable, Sendable {
    public enum HardFail: String, Hashable, Sendable {
        case count, confirm
    }

    /// Its identity across reloads.
    public var name: String
    public var run: FunctionReference
    /// One verdict each (`ctx.target`); empty for one verdict in all.
    public var targets: [CheckTarget] = []
    /// What makes the check as a whole up when it has targets.
    public var targetsUp = TargetsUp.all
    /// Start to start.
    public var intervalMilliseconds = 1_000
    /// Used while rising or falling.
    public var fastIntervalMilliseconds = 200
    /// Wall clock for one run; the smaller of 500 and the intervals unless given.
    public var timeoutMilliseconds = 200
    /// Consecutive successes that make it up.
    public var rise = 3
    /// Consecutive failures that make it down.
    public var fall = 3
    public var hardFail = HardFail.count
    public var restartGraceMilliseconds = 0
    /// How long errors of the script leave the last verdict standing (DESIGN §3.2).
    public var errorGraceMilliseconds = 60_000
    /// The first run is delayed by a random part of this.
    public var splayMilliseconds = 0
    /// The check is disabled while this file exists.
    public var disableFile: String
    /// A number for what ``run`` can do, comparable within one process; `nil` when it is not known.
    public var runDigest: UInt64?
    public var location: SourceLocation

    public init(
        name: String, run: FunctionReference, disableFile: String, location: SourceLocation
    ) {
        self.name = name
        self.run = run
        self.disableFile = disableFile
        self.location = location
    }
}
