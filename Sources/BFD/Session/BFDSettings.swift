// SPDX-License-Identifier: Apache-2.0

/// What an operator chooses of one session. Intervals are in microseconds.
public struct BFDSettings: Hashable, Sendable {
    /// How often we would like to send while the session is up.
    public var desiredMinTx: UInt32 = 300_000
    /// How often the peer may send at most.
    public var requiredMinRx: UInt32 = 300_000
    /// Missed packets of ours after which the peer gives us up.
    public var detectMultiplier: UInt8 = 3
    /// Says nothing before the peer did.
    public var isPassive = false

    public init() {}
}
