// SPDX-License-Identifier: Apache-2.0

/// What rules and scripts have decided about a query so far. It goes with the query: on the plane's
/// frame while it is decided, in the outstanding slot while a server has it.
public struct QueryState {
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// Neither looked up in a cache nor kept in one (`dq.skipCache`).
        public static let skipsCache = Flags(rawValue: 1 << 0)
        /// `dq.useECS`, `dq.ecsOverride` as a rule or script left them.
        public static let clientSubnetDisabled = Flags(rawValue: 1 << 1)
        public static let clientSubnetOverrides = Flags(rawValue: 1 << 2)
        public static let clientSubnetKeeps = Flags(rawValue: 1 << 3)
        /// A script set QR: what is in the buffer is the answer (`DNSAction.HeaderModify`).
        public static let isAnswered = Flags(rawValue: 1 << 4)
        /// We put the client's subnet in, and perhaps the OPT around it: both leave the answer again.
        public static let addedClientSubnet = Flags(rawValue: 1 << 5)
        public static let addedOPT = Flags(rawValue: 1 << 6)
        /// The client asks which server answers (RFC 5001).
        public static let wantsNSID = Flags(rawValue: 1 << 7)
    }

    /// No rule said so.
    public static let noTTL = UInt32.max
    public static let noPrefix = UInt8.max

    public var flags: Flags = []
    /// What the client can receive over UDP; of one that wants NSID.
    public var payloadBytes: UInt16 = 0
    /// Over UDP, of the answer.
    public var delayMilliseconds: UInt32 = 0
    /// Seconds, or ``noTTL``.
    public var temporaryFailureTTL = noTTL
    /// Bits of the client's address that a server is told (`SetECSPrefixLengthAction`), or ``noPrefix``.
    public var clientSubnetBitsV4 = noPrefix
    public var clientSubnetBitsV6 = noPrefix
    /// The pool's index in the snapshot, the default pool's first.
    public var pool: Int32 = 0
    public var tags = TagList()
    /// What the query is to the cache that had no answer to it; owned, of a ``TicketPool``.
    public private(set) var ticket: UnsafeMutablePointer<CacheTicket>?

    public init() {}

    /// Remembers what the server's answer is to be kept under; the ticket is the query's from now on.
    public mutating func setTicket(_ ticket: UnsafeMutablePointer<CacheTicket>) {
        if let old = self.ticket { TicketPool.giveBack(old) }
        self.ticket = ticket
    }

    /// Gives back what the query owns; the rest can still be read.
    public mutating func deallocate() {
        if !tags.isEmpty { tags.deallocate() }
        if let ticket {
            TicketPool.giveBack(ticket)
            self.ticket = nil
        }
    }

    /// Hands over what the query owns, with a copy of the rest.
    public mutating func take() -> QueryState {
        defer {
            tags = TagList()
            ticket = nil
        }
        return self
    }
}
