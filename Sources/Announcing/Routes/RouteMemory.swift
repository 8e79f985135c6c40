// SPDX-License-Identifier: Apache-2.0

/// What of a route outlives the process (the state file): no clock values, so it survives a reboot.
public struct RouteMemory: Hashable, Sendable {
    public let route: RouteKey
    /// As of the moment it was exported.
    public let flaps: Double
    /// Whether the next announcement is subject to the re-announce delay.
    public let owesDelay: Bool
    /// Whether it was announced then: after a crash that is one flap more.
    public let wasAnnounced: Bool

    public init(route: RouteKey, flaps: Double, owesDelay: Bool, wasAnnounced: Bool) {
        self.route = route
        self.flaps = flaps
        self.owesDelay = owesDelay
        self.wasAnnounced = wasAnnounced
    }
}
