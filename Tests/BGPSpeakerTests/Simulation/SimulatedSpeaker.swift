// SPDX-License-Identifier: Apache-2.0

@testable import BGPSpeaker

/// One side of a simulated session: inputs in, actions out, timers kept for it.
protocol SimulatedSpeaker {
    mutating func take(
        _ input: NeighborStateMachine.Input, at now: Int64
    ) -> [NeighborStateMachine.Action]

    /// The timer that is due first.
    var nextTimer: (timer: NeighborStateMachine.Timer, due: Int64)? { get }
    /// The connection that is established.
    var established: ConnectionOrigin? { get }
    /// How many sessions came up.
    var sessions: Int { get }
    /// When it tried to connect.
    var attempts: [Int64] { get }
    /// What it did that nobody may do.
    var faults: [String] { get }
}
