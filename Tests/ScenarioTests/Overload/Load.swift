// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Loads on one port, each run by a thread of its own.
enum Load {
    /// What became of the queries of an honest client.
    struct Latencies: Sendable {
        /// When each was sent, and how long its answer took; `nil` without one.
        var probes: [(sent: Int64, microseconds: Int64?)] = []

        func between(_ from: Int64, _ to: Int64) -> Latencies {
            Latencies(probes: probes.filter { $0.sent >= from && $0.sent < to })
        }

        private var served: [Int64] { probes.compactMap(\.microseconds).sorted() }
        var answered: Int { served.count }

        /// In milliseconds; 0 without an answer.
        func quantile(_ share: Double) -> Double {
            let served = served
            guard !served.isEmpty else { return 0 }
            return Double(served[Int(Double(served.count - 1) * share)]) / 1_000
        }
    }

    /// Answers a second with so many queries in flight at any time.
    static func capacity(of port: UInt16, inFlight: Int, seconds: Double) async -> Double {
        await onThread {
            let socket = LoadSocket(to: port, receiveBufferBytes: 4 << 20)
            defer { close(socket.descriptor) }
            let start = LoadSocket.now
            let end = start + Int64(seconds * 1_000_000)
            var (waiting, answered, id) = (0, 0, UInt16(0))
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { bytes in
                while LoadSocket.now < end {
                    while waiting < inFlight {
                        let length = LoadSocket.write(id, to: bytes)
                        _ = send(socket.descriptor, bytes.baseAddress, length, 0)
                        id &+= 1
                        waiting += 1
                    }
                    if socket.receive(milliseconds: 100) == nil {
                        waiting = 0
                    } else {
                        waiting -= 1
                        answered += 1
                    }
                }
            }
            return Double(answered) / Double(LoadSocket.now - start) * 1_000_000
        }
    }

    /// Sends and reads nothing; how many it sent, and when it ended.
    static func flood(
        _ port: UInt16, from source: UInt8 = 1, rate: Double, seconds: Double
    ) async -> (sent: Int, end: Int64) {
        await onThread {
            let sockets = (0..<4).map { _ in
                LoadSocket(to: port, from: source, receiveBufferBytes: 1)
            }
            defer { for socket in sockets { close(socket.descriptor) } }
            let start = LoadSocket.now
            let end = start + Int64(seconds * 1_000_000)
            var sent = 0
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { bytes in
                while true {
                    let now = LoadSocket.now
                    guard now < end else { break }
                    // In bursts of a millisecond, as the clock lets it.
                    let due = Int(Double(now - start) / 1_000_000 * rate)
                    if sent >= due {
                        usleep(500)
                        continue
                    }
                    let socket = sockets[sent / 32 % sockets.count]
                    for _ in 0..<min(32, due - sent) {
                        let length = LoadSocket.write(UInt16(truncatingIfNeeded: sent), to: bytes)
                        _ = send(socket.descriptor, bytes.baseAddress, length, 0)
                        sent += 1
                    }
                }
            }
            return (sent, LoadSocket.now)
        }
    }

    /// Asks steadily and measures each: sent by one thread, received by another, and stamped by the
    /// kernel on arrival.
    static func probe(
        _ port: UInt16, from source: UInt8 = 1, rate: Double, seconds: Double
    ) async -> Latencies {
        let socket = LoadSocket(to: port, from: source, receiveBufferBytes: 1 << 20)
        defer { close(socket.descriptor) }
        let end = LoadSocket.now + Int64(seconds * 1_000_000)
        async let received = onThread {
            var stamps: [UInt16: Int64] = [:]
            // What is late is still measured.
            while LoadSocket.now < end + 500_000 {
                if let answer = socket.receive(milliseconds: 50), stamps[answer.id] == nil {
                    stamps[answer.id] = answer.microseconds
                }
            }
            return stamps
        }
        async let sent = onThread {
            var stamps: [Int64] = []
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { bytes in
                let start = LoadSocket.now
                while LoadSocket.now < end {
                    let due = start + Int64(Double(stamps.count) / rate * 1_000_000)
                    let wait = due - LoadSocket.now
                    if wait > 0 { usleep(UInt32(wait)) }
                    let length = LoadSocket.write(
                        UInt16(truncatingIfNeeded: stamps.count), to: bytes)
                    stamps.append(LoadSocket.now)
                    _ = send(socket.descriptor, bytes.baseAddress, length, 0)
                }
            }
            return stamps
        }
        let (arrivals, departures) = await (received, sent)
        return Latencies(
            probes: departures.enumerated().map { number, sent in
                (sent, arrivals[UInt16(truncatingIfNeeded: number)].map { $0 - sent })
            })
    }

    private static func onThread<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}
