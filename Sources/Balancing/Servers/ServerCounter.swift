// SPDX-License-Identifier: Apache-2.0

/// What is counted for each server, by each plane thread on cache lines of its own.
public enum ServerCounter: Int, CaseIterable, Sendable {
    /// Sent to the server.
    case queries
    /// Answers accepted from it.
    case responses
    /// Those of them that said SERVFAIL.
    case serverFailures
    /// Queries that it never answered.
    case drops
    /// Queries that the kernel refused to send.
    case sendErrors
    /// Packets from it that matched no query of ours.
    case strayResponses
    case tcpConnections
    case tcpReusedConnections
    case tcpConnectTimeouts
    case tcpDiedSendingQuery
    case tcpDiedReadingResponse
    /// Queries given up after all retries.
    case tcpGaveUp
    case tcpReadTimeouts
    case tcpWriteTimeouts

    /// Slots of eight octets for each thread: two whole cache lines.
    @usableFromInline static let stride = 16
}
