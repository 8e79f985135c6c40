// SPDX-License-Identifier: Apache-2.0

import Announcing
import BGPSpeaker
import Declarations
import Health

// MARK: - What changed, when and why (`pharos events`)

extension Controller {
    func journal(_ event: RouteEvent, at unixSeconds: Double) {
        if files.journal.note(event, at: unixSeconds) { files.flushSoon() }
    }

    /// Verdicts, not each step on the way to one.
    func journal(_ action: CheckStateMachine.Action, of unit: CheckUnit) {
        let (change, cause): (String, String)
        switch action {
        case .none, .moved: return
        case .becameUp(let words): (change, cause) = ("up", words)
        case .becameDown(let words): (change, cause) = ("down", words)
        case .becameError(let words): (change, cause) = ("error", words)
        case .becameDisabled(let words): (change, cause) = ("disabled", words)
        case .becameUnknown(let words): (change, cause) = ("unknown", words)
        }
        let verb =
            switch change {
            case "error": "fails to say, its last verdict stands"
            case "unknown": "starts over"
            default: "is \(change)"
            }
        files.note(
            JournalEvent(
                .check, unit.title, change, cause: cause, text: "check \(unit) \(verb): \(cause)"))
    }

    func journalServer(_ name: String, isUp: Bool, detail: String) {
        let change = isUp ? "up" : "down"
        files.note(
            JournalEvent(
                .server, name, change, cause: detail,
                text: "server \(name) is \(change)" + (detail.isEmpty ? "" : ": \(detail)")))
    }

    func journalSession(_ neighbor: NeighborKey, isUp: Bool, reason: String?) {
        let cause = reason ?? ""
        files.note(
            JournalEvent(
                .neighbor, "\(neighbor)", isUp ? "up" : "down", cause: cause,
                text: "session with \(neighbor) is \(isUp ? "up" : "down")"
                    + (cause.isEmpty ? "" : ": \(cause)")))
    }

    func journalReload(result: String, message: String, by: String) {
        files.note(
            JournalEvent(
                .reload, options.configuration.name, result, cause: message, by: by,
                text: "reload by \(by) \(result == "ok" ? "accepted" : "rejected"): \(message)"))
    }

    /// Answers `pharos events`.
    func events(since: String) async -> ControlReply {
        let journal = files.journal
        guard let found = await files.onDisk({ journal.events(since: since) }) else {
            return .refused("pharos is stopping")
        }
        var notes: [String] = []
        if found.leftOut > 0 {
            notes.append("\(found.leftOut) older events are left out; ask for a later time")
        }
        if let fault = journal.fault { notes.append("not kept over a restart: \(fault)") }
        return ControlReply(
            exitStatus: 0, message: notes.joined(separator: "\n"), events: found.events)
    }
}

extension Controller {
    /// The last event of a process that ends in order. Any thread.
    nonisolated func noteStop() {
        let signal = isHurried ? "SIGINT" : "SIGTERM"
        files.note(
            JournalEvent(
                .daemon, "pharos", "stopping", cause: signal,
                text: "pharos is told to stop (\(signal))"))
    }
}
