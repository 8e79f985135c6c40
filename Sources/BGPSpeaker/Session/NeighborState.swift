// SPDX-License-Identifier: Apache-2.0

/// The states of RFC 4271 §8.2.2, in the RFC's words.
public enum NeighborState: String, CaseIterable, Hashable, Sendable {
    /// Nothing happens: shut down, or refused by its own settings.
    case idle = "Idle"
    /// A TCP connection is being opened.
    case connect = "Connect"
    /// Waiting: for the next attempt, or for the neighbour to connect.
    case active = "Active"
    case openSent = "OpenSent"
    case openConfirm = "OpenConfirm"
    case established = "Established"
}
