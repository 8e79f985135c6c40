// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOPosix
import Synchronization

/// The state file and the journal, with the thread that waits for the disk.
///
/// It belongs to nobody's event loop, so that the way down needs no word of a control that hangs.
final class OperatorFiles: Sendable {
    /// `nil` keeps nothing over a restart.
    let state: StateFile?
    let journal: EventJournal
    private let disk = NIOThreadPool(numberOfThreads: 1)
    private let logger: Logger
    private let fault = Mutex<String?>(nil)
    private let failures = Atomic<UInt64>(0)

    /// - Parameter path: of the state file; the journal is beside it.
    init(path: String?, logger: Logger) {
        self.logger = logger
        state = path.map { StateFile(path: $0) }
        journal = EventJournal(path: path.map { Self.journalPath(of: $0) })
        disk.start()
    }

    deinit {
        disk.shutdownGracefully { _ in }
    }

    /// `state.json` has `events.jsonl` beside it, `two.state.json` has `two.events.jsonl`.
    static func journalPath(of path: String) -> String {
        let suffix = "state.json"
        guard path.hasSuffix(suffix) else { return path + ".events.jsonl" }
        return path.dropLast(suffix.count) + "events.jsonl"
    }

    /// Writes of the state file that failed.
    var writeFailures: UInt64 { failures.load(ordering: .relaxed) }

    /// Why the state is not kept; `nil` while it is.
    var stateFault: String? { fault.withLock { $0 } }

    /// Runs `body` on the thread that may wait for the disk; `nil` when the daemon ends.
    func onDisk<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        try? await disk.runIfActive(body)
    }

    /// Writes the state that was set last; returns what went wrong.
    func writeState() async -> String? {
        guard let state else { return "this pharos was started without a state file" }
        return await onDisk { [self] in told(state.write()) } ?? "the daemon ends"
    }

    /// Appends the events that wait, soon and elsewhere.
    func flushSoon() {
        disk.submit { [journal] _ in journal.flush() }
    }

    func note(_ event: JournalEvent) {
        if journal.note(event) { flushSoon() }
    }

    /// The end in order: both files are complete afterwards. Waits for the disk.
    func finish() {
        if let state { _ = told(state.finish(at: ControlClock.unixSeconds)) }
        journal.flush()
    }

    /// Says a fault once, and when it is over.
    private func told(_ words: String?) -> String? {
        if words != nil { failures.add(1, ordering: .relaxed) }
        let before = fault.withLock { fault in
            defer { fault = words }
            return fault
        }
        guard words != before else { return words }
        if let words {
            logger.error("the state is not kept over a restart: \(words)")
        } else {
            logger.notice("the state is kept over a restart again")
        }
        return words
    }
}
