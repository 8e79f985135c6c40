// SPDX-License-Identifier: Apache-2.0
//
// Graceful restart as far as it is a matter of time (RFC 4724 §4.1). A peer that keeps the routes of
// a speaker that restarts forgets, at its End-of-RIB, those that were not sent again. Said before
// the checks have their verdicts, it would withdraw what is healthy. So it waits for them, half the
// restart time at most: by then a check that says nothing has said enough.

import BGPWire

extension NeighborStateMachine {
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
