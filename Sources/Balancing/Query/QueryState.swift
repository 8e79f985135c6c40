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
    }

    /// No rule said so.
    public static let noTTL = UInt32.max

    public var flags: Flags = []
    /// Over UDP, of the answer.
    public var delayMilliseconds: UInt32 = 0
    /// Seconds, or ``noTTL``.
    public var temporaryFailureTTL = noTTL
    /// The pool's index in the snapshot, the default pool's first.
    public var pool: Int32 = 0
    public var tags = TagList()

    public init() {}
}
