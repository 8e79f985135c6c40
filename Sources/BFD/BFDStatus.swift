// SPDX-License-Identifier: Apache-2.0

/// What an operator sees of one session. Intervals are in microseconds.
public struct BFDStatus: Hashable, Sendable {
    public var peer: BFDPeer
    public var state: BFDState
    /// Why it left Up last, in our words and in the peer's.
    public var diagnostic: BFDDiagnostic
    public var remoteState: BFDState
    public var remoteDiagnostic: BFDDiagnostic
    public var transmitMicroseconds: UInt64
    /// 0 before the peer has spoken.
    public var detectionMicroseconds: UInt64
    public var packetsSent: UInt64
    public var packetsReceived: UInt64
    /// Not looked at: malformed, from too far away, or of another session.
    public var packetsDiscarded: UInt64
    public var sendErrors: UInt64
    /// How much later than due a packet of ours left, at worst.
    public var latenessMaxMicroseconds: UInt64
    /// Why there is no socket.
    public var failure: String?
}

/// A session went from one state to another.
public struct BFDChange: Hashable, Sendable {
    public var peer: BFDPeer
    public var from: BFDState
    public var to: BFDState
    public var diagnostic: BFDDiagnostic
    /// The peer says that its operator did it: routing is not to react (RFC 5882 §3.2).
    public var isRemoteAdminDown: Bool
}
