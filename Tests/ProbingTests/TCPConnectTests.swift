// SPDX-License-Identifier: Apache-2.0

import Addressing
import NIOCore
import NIOPosix
import Testing

@testable import Probing

/// Catches a connection that loses or invents octets, hangs, or grows without bound.
@Suite struct TCPConnectTests {
    /// Connects and makes the reads one after the other; gives each result as text.
    private func reads(
        _ amounts: [ReadAmount], from endpoint: Endpoint, writing bytes: [UInt8] = [],
        timeoutMilliseconds: Int = 2_000
    ) async throws -> [String] {
        var probe = TCPProbe(address: endpoint)
        probe.timeoutMilliseconds = timeoutMilliseconds
        return try await Self.reads(amounts, of: probe, writing: bytes)
    }

    static func reads(
        _ amounts: [ReadAmount], of probe: TCPProbe, writing bytes: [UInt8] = []
    ) async throws -> [String] {
        let request = probe
        return try await Loopback.run { prober, done in
            var results: [String] = []
            func next(_ connection: any ProbeConnection) {
                guard results.count < amounts.count else {
                    connection.close()
                    return done(results)
                }
                _ = connection.read(amounts[results.count]) { result in
                    switch result {
                    case .success(nil): results.append("end")
                    case .success(let bytes?):
                        results.append(
                            bytes.count > 100
                                ? "\(bytes.count)" : String(decoding: bytes, as: UTF8.self))
                    case .failure(let error): results.append("\(error)")
                    }
                    next(connection)
                }
            }
            _ = prober.connect(request) { result in
                switch result {
                case .failure(let error): done(["\(error)"])
                case .success(let connection):
                    guard !bytes.isEmpty else { return next(connection) }
                    _ = connection.write(bytes) { _ in next(connection) }
                }
            }
        }
    }

    @Test func linesAndCountsAreReadInTurn() async throws {
        let text = "220 ready\r\nplain\n\nabcdef"
        let server = try await StreamResponder(
            greeting: .init(bytes: Array(text.utf8), closes: true))
        #expect(
            try await reads(
                [.line, .line, .line, .count(4), .count(10), .line, .count(1)],
                from: server.endpoint)
                == ["220 ready", "plain", "", "abcd", "ef", "end", "end"])
        try await server.close()
    }

    @Test func allIsWhatComesUntilTheEnd() async throws {
        let server = try await StreamResponder(
            greeting: .init(bytes: Array("one\ntwo".utf8), closes: true))
        #expect(
            try await reads([.line, .all, .all], from: server.endpoint) == ["one", "two", "end"])
        try await server.close()
    }

    @Test func whatIsWrittenIsAnswered() async throws {
        let server = try await StreamResponder(host: "::1") { .init(bytes: $0 + Array("!\n".utf8)) }
        #expect(
            try await reads([.line], from: server.endpoint, writing: Array("ping".utf8))
                == ["ping!"])
        try await server.close()
    }

    @Test func refusedConnectionSaysSo() async throws {
        let server = try await StreamResponder(host: "::1")
        try await server.close()
        #expect(
            try await reads([], from: server.endpoint)
                == ["tcp.connect \(server.endpoint): connection refused"])
    }

    @Test func silentPeerTimesOut() async throws {
        let server = try await StreamResponder()
        #expect(
            try await reads([.line], from: server.endpoint, timeoutMilliseconds: 300)
                == ["tcp.read \(server.endpoint): timed out after 0.3 s"])
        try await server.close()
    }

    @Test func lineWithoutEndIsBounded() async throws {
        let flood = [UInt8](repeating: 97, count: 400_000)
        let server = try await StreamResponder(greeting: .init(bytes: flood))
        #expect(
            try await reads([.line], from: server.endpoint)
                == ["tcp.read \(server.endpoint): longer than 131072 octets"])
        #expect(
            try await reads([.count(100_000)], from: server.endpoint)
                == ["100000"])
        #expect(
            try await reads([.count(200_000)], from: server.endpoint)
                == ["tcp.read \(server.endpoint): longer than 131072 octets"])
        try await server.close()
    }

    @Test func cancelClosesTheConnection() async throws {
        let server = try await StreamResponder()
        let request = TCPProbe(address: server.endpoint)
        let words: String = try await Loopback.run { prober, done in
            var handle: ProbeHandle?
            handle = prober.connect(request) { result in
                guard case .success(let connection) = result else { return done("\(result)") }
                _ = connection.read(.line) { _ in Issue.record("completed after cancel") }
                handle?.cancel()
                _ = connection.read(.line) { result in
                    guard case .failure(let error) = result else { return done("\(result)") }
                    done("\(error)")
                }
            }
        }
        #expect(words == "tcp.read \(server.endpoint): the connection is closed")
        try await server.close()
    }
}
