// SPDX-License-Identifier: Apache-2.0

import BGPWire
import NIOCore

extension NeighborSession {
    func arm(_ timer: NeighborStateMachine.Timer, milliseconds: Int) {
        timers.removeValue(forKey: timer)?.cancel()
        let due = loop.now + .milliseconds(Int64(milliseconds))
        timers[timer] = loop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in
            guard let self else { return }
            timers[timer] = nil
            let late = (loop.now - due).nanoseconds / 1_000_000
            if case .keepalive = timer {
                status.keepaliveLatenessMillisecondsMax = max(
                    status.keepaliveLatenessMillisecondsMax, Int(late))
            }
            handle(.fired(timer, firing(of: timer, latenessMilliseconds: Int(late))))
        }
    }

    private func firing(
        of timer: NeighborStateMachine.Timer, latenessMilliseconds: Int
    ) -> NeighborStateMachine.Firing {
        var firing = NeighborStateMachine.Firing(latenessMilliseconds: latenessMilliseconds)
        switch timer {
        case .hold(let origin):
            firing.hasUnreadBytes = connections[origin]?.hasUnreadBytes == true
        case .sendHold(let origin):
            firing.sending = connections[origin]?.sending
        case .connectRetry, .collision, .keepalive, .endOfRIB:
            break
        }
        return firing
    }
}
