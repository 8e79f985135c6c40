// SPDX-License-Identifier: Apache-2.0

extension StatusReport {
    /// A BGP neighbour. Counters run since it was configured; what was negotiated is empty or 0 while
    /// there is no session.
    public struct Neighbor: Codable, Sendable, Equatable {
        /// Prefixes of one family that the neighbour has told us of; nothing is imported.
        public struct Prefixes: Codable, Sendable, Equatable {
            /// `ipv4 unicast` or `ipv6 unicast`.
            public var family: String
            /// In its announcements, one that is announced twice twice.
            public var received: Int
            public var withdrawn: Int
            /// Held because `watchPrefixes` names them.
            public var accepted: Int
        }

        public var address: String
        public var description: String
        public var `as`: UInt32
        public var localAS: UInt32 = 0
        public var state: String
        /// When the state was entered.
        public var since: String
        public var establishedCount: UInt64
        public var updatesSent: UInt64
        public var updatesReceived: UInt64
        /// By type: `open`, `update`, `notification`, `keepalive`, `refresh`.
        public var messagesSent: [String: Int] = [:]
        public var messagesReceived: [String: Int] = [:]
        /// Routes that the neighbour has of us now.
        public var routesAnnounced = 0
        public var prefixes: [Prefixes] = []
        /// Attributes of its UPDATEs that were wrong and forgiven (RFC 7606).
        public var attributeFaults = 0
        public var holdTimeSeconds: Int
        /// Between two KEEPALIVEs of ours, before jitter.
        public var keepaliveSeconds = 0.0
        /// The latest that one was sent after it was due.
        public var keepaliveLatenessMillisecondsMax = 0
        /// Of both sides' OPEN.
        public var families: [String] = []
        /// What both sides have.
        public var agreed: [String] = []
        /// As the neighbour offered them.
        public var capabilities: [String] = []
        public var localAddress = ""
        public var routerID = ""
        public var peerRouterID = ""
        /// In the words of the RFC.
        public var lastError: String
        /// BFD's state in the RFC's word, or why it has no socket; empty without BFD.
        public var bfd = ""
        /// What an operator may have to do at the other end; empty for nothing.
        public var hint = ""
    }
}
