// SPDX-License-Identifier: Apache-2.0

/// Which processes speak to a neighbour and what they are told of it (`api { … }`, or a process
/// that is nested in the neighbour).
public struct ExaBGPAPI: Hashable, Sendable {
    /// What of one direction a process is told.
    public enum Event: String, CaseIterable, Hashable, Sendable {
        case parsed, packets, consolidate, open, update, notification, keepalive, refresh
        case operational
    }

    /// `nil` where the block has none.
    public var name: String?
    public var processes: [String] = []
    /// Regular expressions that name processes (`processes-match`).
    public var processesMatch: [String] = []
    public var neighborChanges = false
    public var negotiated = false
    public var fsm = false
    public var signal = false
    public var send: Set<Event> = []
    public var receive: Set<Event> = []
    /// Written as 3.4 does, by nesting the process in the neighbour or its group.
    public var isNested = false

    init() {}
}
