// SPDX-License-Identifier: Apache-2.0

/// What is counted for each listener; the names in the comments are dnsdist's of its metrics.
public enum FrontendCounter: Int, CaseIterable, Sendable {
    /// `queries`: datagrams received, or messages over TCP.
    case queries
    /// `responses`: answers sent, ours among them.
    case responses
    /// TCP connections that were accepted, and those of them that have ended.
    case connections
    case ended

    /// Slots of eight octets for each thread: a pair of cache lines.
    static let stride = 16
}
