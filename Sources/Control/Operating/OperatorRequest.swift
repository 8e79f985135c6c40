// SPDX-License-Identifier: Apache-2.0

/// What `drain`, `undrain`, `force` and `events` ask for.
public struct OperatorRequest: Codable, Sendable, Equatable {
    /// A check's name or a prefix; `nil` is the whole node.
    public var target: String?
    public var reason: String?
    /// `force`: up or down; `nil` is auto.
    public var isUp: Bool?
    /// `force`: for how long; `nil` until it is taken back.
    public var seconds: Double?
    /// `drain`: how long GRACEFUL_SHUTDOWN goes before the withdraw.
    public var graceSeconds: Double?
    /// `drain`: answers only when no queries come any more.
    public var wait = false
    /// `drain`: so long without a query is quiet.
    public var quietSeconds: Double?
    /// `drain`: not longer than this after the withdraw.
    public var waitSecondsMax: Double?
    /// Who `sudo` says it was.
    public var sudoUser: String?
    /// `events`: universal time as in an event; empty for all.
    public var since: String?

    public init() {}

    /// How long the daemon may take to answer, beside what any request takes.
    var secondsMax: Int {
        guard wait else { return 0 }
        let grace = min(
            graceSeconds ?? Controller.graceSecondsDefault, Controller.graceSecondsMax)
        return Int(grace + (waitSecondsMax ?? QuietWatch.secondsMaxDefault)) + 1
    }

    var shortReason: String {
        String((reason ?? "").onOneLine.prefix(OperatorBook.reasonLengthMax))
    }
}
