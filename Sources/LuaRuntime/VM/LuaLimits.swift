// SPDX-License-Identifier: Apache-2.0

/// Bounds of one VM.
public struct LuaLimits: Hashable, Sendable {
    /// A VM with all libraries takes 40 KiB; configurations with large block lists some tens of
    /// megabytes.
    public static let memoryBytesDefault = 128 << 20
    public static let memoryBytesRange = (256 << 10)...(4 << 30)
    /// Real configurations read block lists over the network at load time.
    public static let loadBudgetMillisecondsDefault = 10_000
    /// A run of a check or a rule between two suspensions.
    public static let callBudgetMillisecondsDefault = 50
    /// One millisecond is the timer's tick; a minute is longer than any reload should take.
    public static let budgetMillisecondsRange = 1...60_000

    public var memoryBytesMax: Int {
        didSet { memoryBytesMax = Self.clamp(memoryBytesMax, to: Self.memoryBytesRange) }
    }
    public var loadBudgetMilliseconds: Int {
        didSet {
            loadBudgetMilliseconds = Self.clamp(
                loadBudgetMilliseconds, to: Self.budgetMillisecondsRange)
        }
    }
    public var callBudgetMilliseconds: Int {
        didSet {
            callBudgetMilliseconds = Self.clamp(
                callBudgetMilliseconds, to: Self.budgetMillisecondsRange)
        }
    }

    /// Values outside the ranges are moved to their nearest end.
    public init(
        memoryBytesMax: Int = memoryBytesDefault,
        loadBudgetMilliseconds: Int = loadBudgetMillisecondsDefault,
        callBudgetMilliseconds: Int = callBudgetMillisecondsDefault
    ) {
        self.memoryBytesMax = Self.clamp(memoryBytesMax, to: Self.memoryBytesRange)
        self.loadBudgetMilliseconds = Self.clamp(
            loadBudgetMilliseconds, to: Self.budgetMillisecondsRange)
        self.callBudgetMilliseconds = Self.clamp(
            callBudgetMilliseconds, to: Self.budgetMillisecondsRange)
    }

    static func clamp(_ value: Int, to range: ClosedRange<Int>) -> Int {
        min(max(value, range.lowerBound), range.upperBound)
    }
}
