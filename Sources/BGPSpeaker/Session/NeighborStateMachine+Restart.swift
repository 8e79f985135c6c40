// SPDX-License-Identifier: Apache-2.0
//
// Graceful restart (RFC 4724 §4.1). A peer that keeps the routes of a speaker that restarts forgets,
// at its End-of-RIB, those that were not sent again. Said before the checks have their verdicts, it
// would withdraw what is healthy. So it waits for them, half the restart time at most: by then a
// check that says nothing has said enough.
//
// The first OPEN of a process says that it has restarted (R), so that no peer which restarts as well
// waits for our End-of-RIB. That the service went on meanwhile (F) it says only when the restart was
// planned: after a crash the peer is to forget what it kept at once.

import BGPWire

extension NeighborStateMachine {
    /// What this process follows.
    struct Restart: Hashable, Sendable {
        /// The process before it left on purpose, and what it announced went on being served.
        var isPlanned: Bool
        /// When this one began; monotonic.
        var startMilliseconds: Int64
    }

    func openMessage(_ nowMilliseconds: Int64) -> OpenMessage {
        guard let restart, var said = settings.gracefulRestart, !said.families.isEmpty,
            nowMilliseconds - restart.startMilliseconds <= Int64(said.restartSeconds) * 1_000
        else { return settings.openMessage }
        said.isRestarting = true
        for index in said.families.indices {
            said.families[index].isForwardingPreserved = restart.isPlanned
        }
        var settings = settings
        settings.gracefulRestart = said
        return settings.openMessage
    }

    /// Whether the peer keeps our routes when a connection ends without a word.
    func keepsRoutes(_ origin: Origin) -> Bool {
        guard let link = links[origin], link.state == .established else { return false }
        return link.parameters.flatMap(holdMilliseconds) != nil
    }

    func holdMilliseconds(_ parameters: SessionParameters) -> Int? {
        guard let ours = parameters.localGracefulRestart, !ours.families.isEmpty,
            parameters.peerGracefulRestart != nil
        else { return nil }
        return max(1, ours.restartSeconds * 500)
    }

    mutating func holdEndOfRIB(_ parameters: SessionParameters) -> [Action] {
        guard !isHealthKnown, let milliseconds = holdMilliseconds(parameters) else { return [] }
        isEndOfRIBHeld = true
        return [.holdEndOfRIB, .arm(.endOfRIB, milliseconds: milliseconds)]
    }

    mutating func releaseEndOfRIB() -> [Action] {
        guard isEndOfRIBHeld else { return [] }
        isEndOfRIBHeld = false
        return [.disarm(.endOfRIB), .releaseEndOfRIB]
    }
}
