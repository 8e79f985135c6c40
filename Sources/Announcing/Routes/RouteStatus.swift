// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// One route as `pharos status` shows it.
public struct RouteStatus: Hashable, Sendable {
    public let route: RouteKey
    /// The announcement's name.
    public let name: String
    public let isAnnounced: Bool
    /// Whether the attributes are those of `whenDown`.
    public let isDegraded: Bool
    /// When it was last announced, withdrawn or declared.
    public let since: Duration
    /// Why it is as it is, in the operator's words.
    public let reason: String
    /// Why its rule failed the last time; ``reason`` tells it too.
    public let ruleError: String?
    /// What is left of the re-announce delay; `nil` while none runs.
    public let delayRemaining: Duration?
    /// Flaps that are not forgotten yet; a fraction by their half-life.
    public let flaps: Double
    /// `nil` while it is withdrawn.
    public let attributes: RouteAttributes?
}
