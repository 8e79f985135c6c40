// SPDX-License-Identifier: Apache-2.0

/// What clients over TCP may do (`setMaxTCP…`, `setTCPRecvTimeout`, `setTCPSendTimeout`), in dnsdist's
/// units; `nil` leaves our own bound.
public struct StreamDeclaration: Hashable, Sendable {
    public var connectionsPerClientMax: Int?
    /// Queries after which a connection is closed.
    public var queriesPerConnectionMax: Int?
    /// Age at which a connection is closed.
    public var connectionSecondsMax: Int?
    /// Silence of a client that has no query in flight.
    public var receiveSeconds: Int?
    /// Time in which a client takes nothing of its answers.
    public var sendSeconds: Int?

    public init() {}
}
