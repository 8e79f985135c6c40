// SPDX-License-Identifier: Apache-2.0

/// One of the things that a check with `targets` judges by itself.
public struct CheckTarget: Hashable, Sendable {
    /// What it is called in status, rules and metrics, and across reloads: the key in a table of
    /// targets, else the text itself.
    public var name: String
    /// What scripts read as `ctx.target`: an address, or whatever `run` makes something of.
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// How many targets must be up for the check as a whole to be up (`targetsUp`).
public enum TargetsUp: Hashable, Sendable {
    case all, any
    case count(Int)

    /// The number of `total` targets that are needed; at least 1.
    public func needed(of total: Int) -> Int {
        switch self {
        case .all: max(1, total)
        case .any: 1
        case .count(let count): max(1, min(count, total))
        }
    }
}
