// SPDX-License-Identifier: Apache-2.0

/// Budgets and caps of scripts (`setScriptLimits`), each with default, minimum and maximum.
///
/// Times are milliseconds of the calling thread's processor; DESIGN §3.4 tells the mechanism.
public struct ScriptLimits: Hashable, Sendable {
    /// One call of a policy, a `LuaRule` or a `LuaAction`. The smallest is the timer's tick.
    public var policyMilliseconds = 1
    /// One resumption of a check; one call of a rule, a plan, a timer, a state callback or a
    /// `checkFunction`.
    public var controlMilliseconds = 50
    /// One evaluation of the configuration; by the clock it may take ``loadClockFactor`` times that.
    public var loadMilliseconds = 10_000
    /// Of each VM, octets.
    public var memoryBytesMax = 128 << 20
    /// Elementary steps of one `find`, `match`, `gmatch` or `gsub`.
    public var patternStepsMax = 50_000_000
    /// Octets of one text that `rep`, `concat` or `format` makes after loading.
    public var textBytesMax = 1 << 20

    public init() {}

    public static let policyMillisecondsRange = 1...1_000
    public static let controlMillisecondsRange = 1...10_000
    /// From what a file of some hundred lines takes on a slow machine to what a person waits for.
    public static let loadMillisecondsRange = 100...60_000
    /// Real configurations wait for block lists over NFS: half a minute unless given.
    public static let loadClockFactor = 3
    public static let memoryBytesRange = (1 << 20)...(4 << 30)
    /// From a line of text to some seconds.
    public static let patternStepsRange = 10_000...1_000_000_000
    public static let textBytesRange = (64 << 10)...(64 << 20)
}
