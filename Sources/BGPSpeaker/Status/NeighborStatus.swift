// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import BFD
public import Declarations

/// What an operator sees of one neighbour. Counters run since the neighbour was configured.
public struct NeighborStatus: Hashable, Sendable {
    public var key: NeighborKey
    public var description: String
    public var localAS: UInt32
    public var peerAS: UInt32
    public var state = NeighborState.idle
    /// When the state was entered, seconds since 1970.
    public var sinceUnixSeconds: Double
    public var establishedCount = 0
    public var updatesSent = 0
    public var updatesReceived = 0
    /// Of all types.
    public var messagesSent = 0
    public var messagesReceived = 0
    /// By type.
    public var sent = MessageCounts()
    public var received = MessageCounts()
    /// What it has told us, by family; families of which it said nothing are missing.
    public var prefixes: [RouteFamily: PrefixCounts] = [:]
    /// What it says of the prefixes in `watchPrefixes`.
    public var watches: [IPPrefix: WatchedPrefix] = [:]
    /// The latest that a KEEPALIVE of ours was sent after it was due.
    public var keepaliveLatenessMillisecondsMax = 0
    /// Attribute errors that RFC 7606 forgave.
    public var attributeFaultsReceived = 0
    /// Prefixes that the neighbour has now.
    public var routesAnnounced = 0
    /// In the RFC's words: `received Cease: Administrative Shutdown (6/2) "bye"`.
    public var lastError: String?
    /// Our end of the connection, while there is one.
    public var localAddress: IPAddress?
    public var localIdentifier: IPAddress
    /// The rest is what the OPENs agreed on, `nil` or empty before that.
    public var peerIdentifier: IPAddress?
    public var holdTimeSeconds: Int?
    public var keepaliveSeconds: Double?
    public var families: [RouteFamily] = []
    /// `nil` without BFD.
    public var bfd: BFDStatus?
    /// BFD's state in the RFC's word, or why it has no socket.
    public var bfdWords: String? { bfd.map { $0.failure ?? $0.state.words } }
    /// What both sides have, in words.
    public var agreedCapabilities: [String] = []
    /// As the neighbour offered them.
    public var peerCapabilities: [String] = []
}
