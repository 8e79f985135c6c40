// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// What a planned policy's function decided about a pool, until it is asked again (DESIGN §3.2).
public struct ServerPlan: Hashable, Sendable {
    /// Ordinals of the servers to choose among; they need not be the pool's.
    public var ordinals: [Int]
    /// A number from 0 for each of ``ordinals``; `nil` for each server's weight times its score.
    public var weights: [Double]?
    /// Who chooses among them.
    public var picker: BuiltinPolicy

    public init(ordinals: [Int], weights: [Double]? = nil, picker: BuiltinPolicy = .wrandom) {
        self.ordinals = ordinals
        self.weights = weights
        self.picker = picker
    }

    /// Servers at most: a script that appends in a loop must not cost the plane its memory.
    public static let serversMax = ServerSlab.recordsMax
}
