// SPDX-License-Identifier: Apache-2.0

/// Who opened a connection. It tells the two apart that a neighbour may have for a moment, and
/// decides which of them stays (RFC 4271 §6.8).
enum ConnectionOrigin: Hashable, Sendable, CaseIterable {
    case local, peer

    var other: ConnectionOrigin { self == .local ? .peer : .local }
}
