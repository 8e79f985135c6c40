// SPDX-License-Identifier: Apache-2.0

import BFD
import BGPWire
import NIOCore

extension SpeakerCore {
    func shutdown(
        text: String, deadlineSeconds: Double, keepingRoutes: Bool,
        done: @escaping @Sendable () -> Void
    ) {
        let wasShutDown = isShutDown
        isShutDown = true
        leaseTimer?.cancel()
        listen(on: [])
        let previous = onAllClosed
        onAllClosed = {
            previous?()
            done()
        }
        if !wasShutDown {
            let cease = NotificationMessage.cease(.administrativeShutdown, text: text)
            for session in sessions.values {
                keepingRoutes ? session.leave(cease) : session.stopAfterWithdraw(cease)
            }
            let nanoseconds = Int64(max(0, deadlineSeconds) * 1e9)
            loop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) { [weak self] in
                self?.giveUp(cease)
            }
        }
        refreshStatusSoon()
        finishIfClosed()
    }

    /// The deadline has passed: a Cease where the socket still takes one, and the end.
    private func giveUp(_ cease: NotificationMessage) {
        for session in sessions.values where !session.isIdle { session.stop(cease) }
        for connection in connections.values { connection.abort() }
        connections = [:]
        finishIfClosed()
    }

    func finishIfClosed() {
        guard isShutDown, connections.isEmpty, let done = onAllClosed else { return }
        onAllClosed = nil
        addressWatch?.stop()
        // Not before the Cease: BIRD would take it for a failure, and not read why we left.
        bfd.shutdown(done: done)
    }
}
