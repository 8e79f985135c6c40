// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What routes depend on, as it is now. Set what changed, then evaluate.
public struct AnnounceInputs: Hashable, Sendable {
    /// By the check's name; one that is missing has no verdict yet.
    public var checks: [String: CheckGate] = [:]
    public var presence = LocalPresence()
    public var drains: [DrainTarget: DrainPhase] = [:]
    public var forces: [IPPrefix: RouteForce] = [:]
    /// Everything is withdrawn, as no flap.
    public var isShuttingDown = false

    public init() {}
}
