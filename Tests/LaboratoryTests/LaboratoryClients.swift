// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization
import TestPeers

/// Clients that ask all the time, each query from a port of its own, so that flows go to every node.
///
/// A query without a NOERROR answer within ``patienceSeconds`` has failed; nothing is asked again.
final class LaboratoryClients: Sendable {
    static let queriesPerSecond = 200
    static let patienceSeconds = 0.5

    struct Failures: CustomStringConvertible {
        let asked: Int
        let failed: Int
        /// From the first query that failed to the last, by when they were sent; 0 for none.
        let milliseconds: Double

        var description: String {
            "\(failed) of \(asked) queries failed, within \(Int(milliseconds)) ms"
        }
    }

    private struct Query {
        let sent: Date
        var isAnswered = false
    }

    private struct Log {
        var queries: [Query] = []
        var isEnding = false
        var fault = ""
    }

    private let log = Mutex(Log())
    private let ended = Mutex(false)

    init(in namespace: NetworkNamespace, asking address: String) {
        Task {
            do {
                try await namespace.inside { self.run(address) }
            } catch {
                self.log.withLock { $0.fault = "\(error)" }
            }
            self.ended.withLock { $0 = true }
        }
    }

    /// How the queries fared that were sent from `start` on; those that may still be answered do
    /// not count yet.
    func failures(since start: Date) -> Failures {
        let due = Date().addingTimeInterval(-Self.patienceSeconds)
        let queries = log.withLock { $0.queries }.filter { $0.sent >= start && $0.sent < due }
        let failed = queries.filter { !$0.isAnswered }.map(\.sent)
        let span =
            zip(failed.first.map { [$0] } ?? [], failed.last.map { [$0] } ?? [])
            .map { $1.timeIntervalSince($0) * 1_000 }.first ?? 0
        return Failures(asked: queries.count, failed: failed.count, milliseconds: span)
    }

    /// Why it asks no more, empty while it does.
    var fault: String { log.withLock { $0.fault } }

    func stop() async throws {
        log.withLock { $0.isEnding = true }
        try await eventually("the clients' end", withinSeconds: 10) {
            self.ended.withLock { $0 }
        }
    }

    // MARK: The thread

    /// `www.test. A`, recursion desired; the first two octets are the identifier.
    private static let query: [UInt8] =
        [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        + [3] + Array("www".utf8) + [4] + Array("test".utf8) + [0, 0, 1, 0, 1]

    private func run(_ address: String) {
        var destination = sockaddr_in()
        destination.sin_family = sa_family_t(AF_INET)
        destination.sin_port = UInt16(53).bigEndian
        inet_pton(AF_INET, address, &destination.sin_addr)
        var open: [(descriptor: Int32, index: Int, sent: Date)] = []
        var next = Date()
        while !log.withLock({ $0.isEnding }) {
            let now = Date()
            if now >= next {
                next = next.addingTimeInterval(1 / Double(Self.queriesPerSecond))
                if let sent = ask(&destination, now) { open.append(sent) }
            }
            let wait = max(0, min(5, next.timeIntervalSinceNow * 1_000))
            collect(&open, waitMilliseconds: Int32(wait.rounded(.up)))
        }
        for entry in open { close(entry.descriptor) }
    }

    /// A host that has no way there fails the query at once; a client would have seen the same.
    private func ask(
        _ destination: inout sockaddr_in, _ now: Date
    ) -> (descriptor: Int32, index: Int, sent: Date)? {
        let index = log.withLock { log in
            log.queries.append(Query(sent: now))
            return log.queries.count - 1
        }
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, type | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var message = Self.query
        message[0] = UInt8(truncatingIfNeeded: index >> 8)
        message[1] = UInt8(truncatingIfNeeded: index)
        let sent = withUnsafePointer(to: &destination) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, message, message.count, 0, $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard sent == message.count else {
            close(descriptor)
            return nil
        }
        return (descriptor, index, now)
    }

    private func collect(
        _ open: inout [(descriptor: Int32, index: Int, sent: Date)], waitMilliseconds: Int32
    ) {
        var polled = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        _ = poll(&polled, nfds_t(polled.count), waitMilliseconds)
        let due = Date().addingTimeInterval(-Self.patienceSeconds)
        var buffer = [UInt8](repeating: 0, count: 512)
        var kept: [(descriptor: Int32, index: Int, sent: Date)] = []
        for (entry, answer) in zip(open, polled) {
            var isDone = entry.sent < due
            if answer.revents & Int16(POLLIN) != 0 {
                let count = recv(entry.descriptor, &buffer, buffer.count, 0)
                if count > 12, buffer[0] == UInt8(truncatingIfNeeded: entry.index >> 8),
                    buffer[1] == UInt8(truncatingIfNeeded: entry.index), buffer[3] & 15 == 0
                {
                    log.withLock { $0.queries[entry.index].isAnswered = true }
                }
                isDone = true
            }
            if isDone { close(entry.descriptor) } else { kept.append(entry) }
        }
        open = kept
    }
}
