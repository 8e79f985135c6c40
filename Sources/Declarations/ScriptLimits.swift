// SPDX-License-Identifier: Apache-2.0

/// Budgets and memory caps of scripts (`setScriptLimits`), each with default, minimum and maximum.
///
/// Times are milliseconds of the calling thread's processor; DESIGN §3.4 tells the mechanism.
public struct ScriptLimits: Hashable, Sendable {
    /// One call of a policy, a `LuaRule` or a `LuaAction`.
    public var policyMilliseconds = 1
    /// One resumption of a check; one call of a rule, a plan, a timer or a state callback.
    public var controlMilliseconds = 50
    /// Of each VM, octets.
    public var memoryBytesMax = 128 << 20

    public init() {}

    public static let policyMillisecondsRange = 1...1_000
    public static let controlMillisecondsRange = 1...10_000
    public static let memoryBytesRange = (1 << 20)...(4 << 30)
}
