// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLinux
import Glibc
import Logging
import Synchronization
import Testing

@testable import BFD

/// Two speakers on loopback, over real sockets on the ports of the RFCs.
@Suite(.serialized) struct BFDSpeakerTests {
    private static let quick = {
        var settings = BFDSettings()
        settings.desiredMinTx = 20_000
        settings.requiredMinRx = 20_000
        return settings
    }()

    private final class Log: Sendable {
        private let changes = Mutex<[BFDChange]>([])
        func note(_ change: BFDChange) { changes.withLock { $0.append(change) } }
        var all: [BFDChange] { changes.withLock { $0 } }
    }

    private static func peer(_ text: String, from local: String, multihop: Bool) throws -> BFDPeer {
        BFDPeer(
            address: try #require(IPAddress(text)), localAddress: IPAddress(local),
            isMultihop: multihop)
    }

    private static func wait(_ seconds: Double = 10, for condition: () -> Bool) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while !condition() {
            try #require(clock.now < deadline, "not in \(seconds) s")
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test(arguments: [false, true]) func aSessionComesUpAndItsEndIsToldAsPlanned(
        multihop: Bool
    ) async throws {
        let logs = [Log(), Log()]
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let one = BFDSpeaker(logger: logger) { logs[0].note($0) }
        let other = BFDSpeaker(logger: logger) { logs[1].note($0) }
        one.configure([
            try Self.peer("127.0.0.12", from: "127.0.0.11", multihop: multihop): Self.quick
        ])
        other.configure([
            try Self.peer("127.0.0.11", from: "127.0.0.12", multihop: multihop): Self.quick
        ])
        try await Self.wait { logs.allSatisfy { $0.all.last?.to == .up } }
        try await Task.sleep(for: .milliseconds(300))
        #expect(logs.allSatisfy { $0.all.last?.to == .up })
        try await Self.wait {
            other.status().first.map { $0.detectionMicroseconds == 60_000 } ?? false
        }
        await withCheckedContinuation { done in one.shutdown { done.resume() } }
        try await Self.wait { logs[1].all.last?.to == .down }
        let last = try #require(logs[1].all.last)
        #expect(last.isRemoteAdminDown && last.diagnostic == .neighborSignaledDown)
        await withCheckedContinuation { done in other.shutdown { done.resume() } }
        // Whoever asks a second time is answered too.
        await withCheckedContinuation { done in other.shutdown { done.resume() } }
    }

    @Test func aPortThatIsTakenIsSaidAndTriedAgain() async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let speaker = BFDSpeaker(logger: logger) { _ in }
        // Somebody who does not share it.
        let blocker = clinux_socket_datagram(AF_INET)
        let address = Endpoint("127.0.0.13:3784", defaultPort: 0)?.socketAddress
        try #require(BFDSession.call(try #require(address), blocker, Glibc.bind))
        speaker.configure([
            try Self.peer("127.0.0.14", from: "127.0.0.13", multihop: false): Self.quick
        ])
        try await Self.wait { speaker.status().first?.failure != nil }
        #expect(speaker.status().first?.failure?.contains("port 3784 on 127.0.0.13") == true)
        close(blocker)
        try await Self.wait { speaker.status().first.map { $0.failure == nil } ?? false }
        await withCheckedContinuation { done in speaker.shutdown { done.resume() } }
    }
}
