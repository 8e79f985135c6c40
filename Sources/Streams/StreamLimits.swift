// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// The bounds of DNS over TCP: what one client, and all of them, may hold.
public struct StreamLimits: Hashable, Sendable {
    /// A bound with its default and the range it is kept in.
    public struct Bound: Sendable {
        public let standard: Int
        public let range: ClosedRange<Int>

        func clamp(_ value: Int) -> Int {
            min(max(value, range.lowerBound), range.upperBound)
        }
    }

    /// Silence after which a client without a query in flight is closed: dnsdist's 2 s. RFC 7766
    /// §6.2.3 asks for seconds.
    public static let clientIdleMilliseconds = Bound(standard: 2_000, range: 100...300_000)
    /// Time in which a client takes nothing of what is written to it, after which it is closed:
    /// dnsdist's 2 s.
    public static let clientSendMilliseconds = Bound(standard: 2_000, range: 100...300_000)
    /// From the first octet of a query to its last: a query is at most 64 KiB.
    public static let queryReceiveMilliseconds = Bound(standard: 10_000, range: 100...300_000)
    /// Clients at once: with the bounds below, some 400 MB in the worst case.
    public static let connections = Bound(standard: 2_048, range: 1...65_536)
    /// Of one address: room for resolvers behind one NAT, not for one host to take all.
    public static let connectionsPerClient = Bound(standard: 256, range: 1...65_536)
    /// Queries after which a connection is closed; dnsdist has no bound unless told.
    public static let queriesPerConnection = Bound(standard: .max, range: 1...Int.max)
    /// Age at which a connection is closed; likewise.
    public static let connectionMilliseconds = Bound(standard: .max, range: 1_000...Int.max)
    /// Queries in flight of one connection; more are read when some are answered.
    public static let inFlightPerConnection = Bound(standard: 128, range: 1...4_096)
    /// Octets of queries in flight and of answers the client has not taken, above which no more
    /// queries are read from it: two messages of the largest size.
    public static let heldBytesPerConnection = Bound(standard: 131_072, range: 65_537...16 << 20)
    /// Octets of answers that all clients together have not taken, above which the one with the
    /// most is closed: answers to queries in flight arrive after reading has stopped, 64 KiB each at
    /// worst, and cannot be refused.
    public static let unreadBytes = Bound(standard: 128 << 20, range: 65_537...4 << 30)
    /// Silence after which a connection to a server is closed. Servers keep theirs for 10 to 30 s
    /// (Knot 10, BIND 30, Unbound 30): it is better to be first.
    public static let serverIdleMilliseconds = Bound(standard: 9_000, range: 100...300_000)

    public var clientIdleMilliseconds: Int
    public var clientSendMilliseconds: Int
    public var queriesPerConnectionMax: Int
    public var connectionMillisecondsMax: Int
    public var queryReceiveMilliseconds: Int
    public var connectionsMax: Int
    public var connectionsPerClientMax: Int
    public var inFlightPerConnectionMax: Int
    public var heldBytesPerConnectionMax: Int
    public var unreadBytesMax: Int
    public var serverIdleMilliseconds: Int

    /// The defaults.
    public init() {
        clientIdleMilliseconds = Self.clientIdleMilliseconds.standard
        clientSendMilliseconds = Self.clientSendMilliseconds.standard
        queriesPerConnectionMax = Self.queriesPerConnection.standard
        connectionMillisecondsMax = Self.connectionMilliseconds.standard
        queryReceiveMilliseconds = Self.queryReceiveMilliseconds.standard
        connectionsMax = Self.connections.standard
        connectionsPerClientMax = Self.connectionsPerClient.standard
        inFlightPerConnectionMax = Self.inFlightPerConnection.standard
        heldBytesPerConnectionMax = Self.heldBytesPerConnection.standard
        unreadBytesMax = Self.unreadBytes.standard
        serverIdleMilliseconds = Self.serverIdleMilliseconds.standard
    }

    /// What a configuration says, the defaults where it says nothing.
    public init(_ declaration: StreamDeclaration) {
        self.init()
        connectionsPerClientMax = declaration.connectionsPerClientMax ?? connectionsPerClientMax
        queriesPerConnectionMax = declaration.queriesPerConnectionMax ?? queriesPerConnectionMax
        connectionMillisecondsMax =
            declaration.connectionSecondsMax.map { $0 * 1_000 } ?? connectionMillisecondsMax
        clientIdleMilliseconds =
            declaration.receiveSeconds.map { $0 * 1_000 } ?? clientIdleMilliseconds
        clientSendMilliseconds =
            declaration.sendSeconds.map { $0 * 1_000 } ?? clientSendMilliseconds
    }

    /// Each value moved into its range.
    var clamped: StreamLimits {
        var limits = self
        limits.clientIdleMilliseconds = Self.clientIdleMilliseconds.clamp(clientIdleMilliseconds)
        limits.clientSendMilliseconds = Self.clientSendMilliseconds.clamp(clientSendMilliseconds)
        limits.queriesPerConnectionMax =
            Self.queriesPerConnection.clamp(queriesPerConnectionMax)
        limits.connectionMillisecondsMax =
            Self.connectionMilliseconds.clamp(connectionMillisecondsMax)
        limits.queryReceiveMilliseconds =
            Self.queryReceiveMilliseconds.clamp(queryReceiveMilliseconds)
        limits.connectionsMax = Self.connections.clamp(connectionsMax)
        limits.connectionsPerClientMax = Self.connectionsPerClient.clamp(connectionsPerClientMax)
        limits.inFlightPerConnectionMax =
            Self.inFlightPerConnection.clamp(inFlightPerConnectionMax)
        limits.heldBytesPerConnectionMax =
            Self.heldBytesPerConnection.clamp(heldBytesPerConnectionMax)
        limits.unreadBytesMax = Self.unreadBytes.clamp(unreadBytesMax)
        limits.serverIdleMilliseconds = Self.serverIdleMilliseconds.clamp(serverIdleMilliseconds)
        return limits
    }
}
