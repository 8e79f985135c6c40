// SPDX-License-Identifier: Apache-2.0
//
// What was, not only what is. Whoever sees a change notes it, which only queues it; a thread that may
// wait for the disk appends what is queued to a file of JSON lines. When the file is full it becomes
// the older of two, and the one before that goes. Without a file the newest are kept in memory.

import Announcing
import FoundationEssentials
import Glibc
import Synchronization

/// The events of this daemon and of those before it with the same state file.
///
/// ``note(_:)`` never waits and may be called from any thread; the others wait for the disk.
final class EventJournal: Sendable {
    /// Events that wait for the disk: ten thousand routes may go at once. Beyond it the newest are
    /// lost, counted and said.
    static let waitingMax = 50_000
    /// Of one file, of which there are two: some 20,000 events each.
    static let fileBytesMax = 4 << 20
    /// Events that are kept without a file.
    static let recentMax = 1_000
    /// Events that one answer holds, the newest.
    static let answerMax = 10_000

    /// A route's becomes text on the thread that writes: many may go in one moment.
    private enum Waiting: Sendable {
        case event(JournalEvent)
        case route(RouteEvent, at: Double)

        var event: JournalEvent {
            switch self {
            case .event(let event): event
            case .route(let event, let at): JournalEvent(event, at: at)
            }
        }
    }

    private struct State {
        var waiting: [Waiting] = []
        var recent: [JournalEvent] = []
        var lost: UInt64 = 0
        var lostTold: UInt64 = 0
        var fault: String?
    }

    let path: String?
    private let state = Mutex(State())
    private let writing = Mutex(())

    /// - Parameter path: `nil` keeps the newest in memory only.
    init(path: String?) {
        self.path = path
    }

    /// Events that found no room since the start.
    var lost: UInt64 { state.withLock { $0.lost } }

    /// Why the file is not written; `nil` while it is.
    var fault: String? { state.withLock { $0.fault } }

    /// Queues an event. Returns whether it is the first that waits, so that a write is due.
    func note(_ event: JournalEvent) -> Bool { note(.event(event)) }

    func note(_ event: RouteEvent, at unixSeconds: Double) -> Bool {
        note(.route(event, at: unixSeconds))
    }

    private func note(_ event: Waiting) -> Bool {
        state.withLock { state in
            guard state.waiting.count < Self.waitingMax else {
                state.lost += 1
                return false
            }
            state.waiting.append(event)
            return state.waiting.count == 1
        }
    }

    /// Appends what waits to the file.
    func flush() {
        writing.withLock { _ in
            let (events, lost) = state.withLock { state in
                defer {
                    state.waiting = []
                    state.lostTold = state.lost
                }
                return (state.waiting, state.lost - state.lostTold)
            }
            guard !events.isEmpty || lost > 0 else { return }
            var lines = events.map(\.event)
            if lost > 0 {
                lines.append(
                    JournalEvent(
                        .daemon, "events", "lost", cause: "\(lost)",
                        text: "\(lost) more events found no room"))
            }
            let fault = path.flatMap { append(lines.map(\.line).joined(), to: $0) }
            state.withLock { state in
                state.fault = fault
                guard path == nil || fault != nil else { return state.recent = [] }
                state.recent = (state.recent + lines).suffix(Self.recentMax)
            }
        }
    }

    /// The newest events since a time, and how many more there were.
    ///
    /// - Parameter since: universal time as in an event; empty for all.
    func events(since: String) -> (events: [JournalEvent], leftOut: Int) {
        flush()
        return writing.withLock { _ in
            var lines: [ArraySlice<UInt8>] = []
            for file in path.map({ ["\($0).1", $0] }) ?? [] {
                lines += Self.lines(of: Self.read(file), since: Array(since.utf8))
            }
            let recent = state.withLock { $0.recent }.filter { $0.at >= since }
            let room = max(0, Self.answerMax - recent.count)
            let decoder = JSONDecoder()
            // A line that a crash cut off, or that somebody else wrote, is passed over.
            let read = lines.suffix(room).compactMap {
                try? decoder.decode(JournalEvent.self, from: Data($0))
            }
            return (read + recent, max(0, lines.count - room))
        }
    }

    // MARK: - The disk

    private func append(_ text: String, to path: String) -> String? {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else { return "\(path): \(String(cString: strerror(errno)))" }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return "\(path): \(String(cString: strerror(errno)))" }
            rest = rest.dropFirst(count)
        }
        guard lseek(descriptor, 0, SEEK_END) > Self.fileBytesMax else { return nil }
        guard rename(path, "\(path).1") == 0 else {
            return "\(path): \(String(cString: strerror(errno)))"
        }
        return nil
    }

    /// What is there of a file, not more than two of ours can hold.
    private static func read(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while bytes.count < 8 * fileBytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    private static func lines(of bytes: [UInt8], since: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n")).filter { line in
            line.count > JournalEvent.timeOffset
                && !line.dropFirst(JournalEvent.timeOffset).lexicographicallyPrecedes(since)
        }
    }
}
