// SPDX-License-Identifier: Apache-2.0

import Announcing
import Glibc
import Logging
import NIOCore

// MARK: - What outlives the process

extension Controller {
    /// Between a change of a route and the file, so that a thousand changes are one write.
    private static let saveDelay = Duration.milliseconds(100)
    /// Between two writes, for routes that flap. A person's word does not wait.
    private static let savePause = Duration.seconds(1)

    /// Takes over what an earlier process kept; before the first generation is applied.
    func restoreState(_ parts: ControlParts) async {
        guard let file = files.state else { return }
        let now = ControlClock.unixSeconds
        switch await files.onDisk({ file.load(at: now) }) {
        case nil, .nothing:
            noteStart("no state was kept")
        case .unreadable(let words, let aside):
            let place = aside.map { "it is \($0) now" } ?? "and it cannot be moved aside"
            let text =
                "\(file.path): \(words); \(place). Nothing is known of drains, forced states and "
                + "flaps of before"
            logger.error("\(text)")
            noteStart(text)
        case .state(let state):
            adopt(state, at: now, parts)
        }
    }

    private func adopt(_ state: OperatorState, at now: Double, _ parts: ControlParts) {
        book = state.book
        let ended = book.expire(at: now)
        parts.announcer.restore(
            state.memories, age: state.age(at: now), afterCrash: !state.endedInOrder)
        noteStart(
            state.endedInOrder
                ? "process \(state.processID) before it ended in order"
                : "process \(state.processID) before it did not end in order")
        if !state.endedInOrder {
            logger.warning(
                "pharos \(state.processID) did not end in order: what it announced counts as a flap"
            )
        }
        for drain in book.sortedDrains {
            logger.warning("\(drain.target) is still \(drain.words)")
        }
        for force in book.sortedForces {
            logger.warning("\(force.target) is still \(force.words)")
        }
        for force in ended { noteEnd(of: force) }
    }

    private func noteStart(_ before: String) {
        files.note(
            JournalEvent(
                .daemon, "pharos", "started", cause: before,
                text: "pharos \(Version.current), process \(getpid()), starts with "
                    + "\(options.configuration.name); \(before)"))
    }

    /// Writes the state soon: routes changed.
    func saveSoon() {
        guard files.state != nil, saveTimer == nil, let clock = parts?.clock else { return }
        let due = max(clock.now + Self.saveDelay, savedAt + max(Self.savePause, saveCost * 20))
        saveTimer = clock.schedule(at: due) { [weak self] in
            self?.assumeIsolated { $0.saveInTurn() }
        }
    }

    private func saveInTurn() {
        let start = ControlClock.monotonic
        Task {
            _ = await saveNow()
            // A slow disk, or a great many routes, are not asked more than a twentieth of the time.
            saveCost = ControlClock.monotonic - start
        }
    }

    /// Writes the state and waits for the disk. Returns why it is not kept.
    func saveNow() async -> String? {
        saveTimer?.cancel()
        saveTimer = nil
        savedAt = ControlClock.monotonic
        guard let parts else { return "pharos is still starting" }
        files.state?.set(
            StateFile.Snapshot(
                book: book, memories: parts.announcer.memories(),
                takenAt: ControlClock.unixSeconds))
        return await files.writeState()
    }
}
