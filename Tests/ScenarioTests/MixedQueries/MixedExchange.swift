// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Asks one daemon many queries at once, over UDP and TCP, from a thread of its own.
struct MixedExchange: Sendable {
    /// What became of a query.
    enum Outcome: Sendable {
        case silent
        /// Its connection ended without an answer.
        case closed
        /// One message, or several: a transfer's, or too many.
        case answers([[UInt8]])

        var isAnswered: Bool { if case .answers = self { true } else { false } }
    }

    let port: UInt16
    /// A tenth of what the slower of the two takes on a machine that has other work.
    private static let burst = 40
    private static let burstMicroseconds: UInt32 = 10_000
    /// Nothing for so long: the rest will not be answered.
    var silenceSeconds = 1.0

    /// The outcomes of the queries that `indices` name.
    func ask(_ queries: [MixedQuery], _ indices: [Int], alone: Bool) async -> [Int: Outcome] {
        async let datagrams = Self.onThread {
            overUDP(queries, indices.filter { !queries[$0].overTCP })
        }
        async let streams = Self.onThread {
            overTCP(queries, indices.filter { queries[$0].overTCP }, alone: alone)
        }
        return await datagrams.merging(await streams) { one, _ in one }
    }

    private static func onThread(
        _ work: @escaping @Sendable () -> [Int: Outcome]
    ) async -> [Int: Outcome] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }

    // MARK: - UDP

    private func overUDP(_ queries: [MixedQuery], _ indices: [Int]) -> [Int: Outcome] {
        var outcomes = Dictionary(uniqueKeysWithValues: indices.map { ($0, Outcome.silent) })
        guard !indices.isEmpty, let socket = connected(SOCK_DGRAM) else { return outcomes }
        defer { close(socket) }
        var size: Int32 = 4 << 20
        setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4)
        let byID = Dictionary(uniqueKeysWithValues: indices.map { (queries[$0].id, $0) })
        var waiting = Set(indices)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        func takeAll() -> Bool {
            var isAny = false
            while true {
                let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count >= 0 else { return isAny }
                isAny = true
                let answer = Array(buffer[..<count])
                guard count >= 2, let index = byID[UInt16(answer[0]) << 8 | UInt16(answer[1])]
                else { continue }
                waiting.remove(index)
                guard case .answers(let before) = outcomes[index] else {
                    outcomes[index] = .answers([answer])
                    continue
                }
                outcomes[index] = .answers(before + [answer])
            }
        }
        for (position, index) in indices.enumerated() {
            let query = queries[index].bytes
            _ = send(socket, query, query.count, 0)
            if position % Self.burst == Self.burst - 1 {
                _ = takeAll()
                usleep(Self.burstMicroseconds)
            }
        }
        var last = Self.now
        while Self.now - last < silenceSeconds, !waiting.isEmpty {
            if takeAll() { last = Self.now } else { usleep(2_000) }
        }
        _ = takeAll()
        return outcomes
    }

    // MARK: - TCP

    private struct Connection {
        let socket: Int32
        let indices: [Int]
        var toSend: ArraySlice<UInt8>
        var received: [UInt8] = []
        var missing: Int
        var isOpen = true
        var last: Double
    }

    /// Shared connections carry 40 queries each, one behind the other.
    private func overTCP(_ queries: [MixedQuery], _ indices: [Int], alone: Bool) -> [Int: Outcome] {
        var outcomes = Dictionary(uniqueKeysWithValues: indices.map { ($0, Outcome.closed) })
        let shared = alone ? [] : indices.filter { !queries[$0].isAlone }
        var groups = indices.filter { alone || queries[$0].isAlone }.map { [$0] }
        for start in stride(from: 0, to: shared.count, by: 40) {
            groups.append(Array(shared[start..<min(start + 40, shared.count)]))
        }
        let byID = Dictionary(uniqueKeysWithValues: indices.map { (queries[$0].id, $0) })
        // Not more at once than the listeners' queues take.
        for start in stride(from: 0, to: groups.count, by: 64) {
            var connections = groups[start..<min(start + 64, groups.count)].compactMap { group in
                connected(SOCK_STREAM).map { socket in
                    let bytes = group.flatMap { index in
                        let query = queries[index].bytes
                        return [UInt8(query.count >> 8), UInt8(query.count & 0xff)] + query
                    }
                    return Connection(
                        socket: socket, indices: group, toSend: bytes[...], missing: group.count,
                        last: Self.now)
                }
            }
            while connections.contains(where: \.isOpen) {
                for position in connections.indices where connections[position].isOpen {
                    serve(&connections[position], queries, byID, &outcomes)
                }
                usleep(2_000)
            }
        }
        return outcomes
    }

    private func serve(
        _ connection: inout Connection, _ queries: [MixedQuery], _ byID: [UInt16: Int],
        _ outcomes: inout [Int: Outcome]
    ) {
        while !connection.toSend.isEmpty {
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            let sent = connection.toSend.withUnsafeBytes {
                send(connection.socket, $0.baseAddress, $0.count, flags)
            }
            guard sent > 0 else { break }
            connection.toSend = connection.toSend.dropFirst(sent)
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(
                connection.socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                connection.received += buffer[..<count]
                connection.last = Self.now
                continue
            }
            let isOver = count == 0 || errno != EAGAIN
            takeMessages(&connection, byID, &outcomes)
            // Transfers have no end that this reader knows: it waits until nothing more comes.
            let isTransfer =
                connection.indices.count == 1
                && [251, 252].contains(queries[connection.indices[0]].type)
            let isDone = connection.missing <= 0 && !isTransfer
            let isQuiet = Self.now - connection.last > (isTransfer ? 0.4 : silenceSeconds)
            guard isOver || isDone || isQuiet else { return }
            if !isOver {
                for index in connection.indices {
                    if case .closed = outcomes[index] { outcomes[index] = .silent }
                }
            }
            close(connection.socket)
            connection.isOpen = false
            return
        }
    }

    private func takeMessages(
        _ connection: inout Connection, _ byID: [UInt16: Int], _ outcomes: inout [Int: Outcome]
    ) {
        var offset = 0
        let received = connection.received
        while received.count >= offset + 2 {
            let length = Int(received[offset]) << 8 | Int(received[offset + 1])
            guard received.count >= offset + 2 + length else { break }
            let message = Array(received[offset + 2..<offset + 2 + length])
            offset += 2 + length
            guard length >= 2, let index = byID[UInt16(message[0]) << 8 | UInt16(message[1])],
                connection.indices.contains(index)
            else { continue }
            connection.missing -= 1
            if case .answers(let before) = outcomes[index] {
                outcomes[index] = .answers(before + [message])
            } else {
                outcomes[index] = .answers([message])
            }
        }
        connection.received.removeFirst(offset)
    }

    private static var now: Double { ProcessInfo.processInfo.systemUptime }

    private func connected(_ type: __socket_type) -> Int32? {
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
