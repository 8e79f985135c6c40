// SPDX-License-Identifier: Apache-2.0

import Announcing
import BGPSpeaker

// MARK: - The way down, as routers see it

extension Controller {
    /// A control that does not answer by then hangs: the speaker withdraws without it.
    private static let answerMax = Duration.milliseconds(500)
    /// After the withdraw, while packets are still on their way to us: until there was no query for
    /// a fifth of a second, two seconds at most.
    private static let quietSeconds = 0.2
    private static let quietMax = Duration.seconds(2)

    /// Moves traffic away before the sessions close: GRACEFUL_SHUTDOWN, the withdraw, and queries
    /// until none come any more. Without `isGraceful` the withdraw alone.
    nonisolated func leave(isGraceful: Bool) async {
        let grace = isGraceful ? Duration.seconds(options.stopGraceSeconds) : .zero
        let isAnnouncing = AnswerBox()
        let answered = await Deadline.wait(Self.answerMax) { [self] in
            isAnnouncing.set(await beginLeaving(grace: grace))
        }
        guard answered, isAnnouncing.value, grace > .zero else { return }
        // Woken early is only less graceful.
        try? await Task.sleep(for: grace)
        guard await Deadline.wait(Self.answerMax, for: { await self.withdrawAll() }) else { return }
        await awaitQuiet()
    }

    /// Returns whether some neighbour has a route of ours.
    private func beginLeaving(grace: Duration) -> Bool {
        guard let parts, generation != nil else { return false }
        let isAnnouncing = parts.handles.speaker.status().neighbors.contains {
            $0.routesAnnounced > 0
        }
        guard isAnnouncing, grace > .zero else {
            withdrawAll()
            return isAnnouncing
        }
        leaving = .graceful
        applyBook(cause: "told to stop")
        return true
    }

    private func withdrawAll() {
        parts?.announcer.shutDown()
        refreshRoutes(cause: "told to stop")
    }

    private nonisolated func awaitQuiet() async {
        guard let handles = startedHandles else { return }
        let start = ControlClock.monotonic
        var watch = QuietWatch(
            count: handles.queries, quiet: .seconds(Self.quietSeconds), now: start)
        while ControlClock.monotonic - start < Self.quietMax {
            try? await Task.sleep(for: .milliseconds(20))
            if watch.look(handles.queries, now: ControlClock.monotonic) { return }
        }
    }
}
