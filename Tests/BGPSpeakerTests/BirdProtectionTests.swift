// SPDX-License-Identifier: Apache-2.0

import Addressing
import BFD
import BGPSpeaker
import Declarations
import Glibc
import Testing

/// MD5 and BFD as BIRD 2 understands them. Without a BIRD it fails.
@Suite(.serialized) struct BirdProtectionTests {
    private let told = EventLog()

    private func speaker(_ neighbors: [NeighborDeclaration]) -> Speaker {
        let speaker = Speaker(routerID: 0x0a00_0001, logger: SpeakerPair.logger) { [told] in
            told.append($0)
        }
        speaker.configure(neighbors: neighbors)
        return speaker
    }

    private func establish(_ speaker: Speaker) async throws {
        try await eventually("both sessions, not \(speaker.status())", seconds: 20) {
            speaker.status().neighbors.map(\.state) == [.established, .established]
        }
    }

    @Test func bothFamiliesSignAsBirdDoes() async throws {
        let bird = try await Bird(options: "password \"between us\";")
        let neighbors = bird.declarations.map { neighbor in
            var neighbor = neighbor
            neighbor.md5Password = "between us"
            return neighbor
        }
        let speaker = speaker(neighbors)
        try await establish(speaker)
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func anotherKeyIsNotBirds() async throws {
        let bird = try await Bird(options: "password \"between us\";")
        var neighbor = bird.declarations[0]
        neighbor.md5Password = "not between us"
        let before = KernelCounters.current()
        let speaker = speaker([neighbor])
        try await KernelCounters.waitForDrop("TCPMD5Failure", since: before)
        #expect(speaker.status().neighbors.map(\.state) != [.established])
        #expect(speaker.status().neighbors.first?.messagesReceived == 0)
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    /// Over the ports of RFC 5883, on the one host that both are on.
    @Test func bfdEndsTheSessionOfABirdThatStandsStill() async throws {
        let bird = try await Bird(
            options: "bfd on;",
            prelude: "protocol bfd { multihop { interval 50 ms; multiplier 3; }; }")
        let neighbors = bird.declarations.map { neighbor in
            var neighbor = neighbor
            var bfd = BFDDeclaration()
            bfd.minTxMilliseconds = 50
            bfd.minRxMilliseconds = 50
            bfd.multihop = true
            neighbor.bfd = bfd
            return neighbor
        }
        // BIRD's ::1 is ours too, and has one port 4784: over IPv6 a host cannot watch itself.
        let speaker = speaker([neighbors[0]])
        try await eventually("BFD and BGP, not \(speaker.status())", seconds: 20) {
            guard let status = speaker.status().neighbors.first else { return false }
            return status.state == .established && status.bfd?.state == .up
        }
        // Once both have taken up each other's interval, a poll after they are up.
        try await eventually("the negotiated time") {
            speaker.status().neighbors.first?.bfd?.detectionMicroseconds == 150_000
        }
        #expect(try await bird.command("show bfd sessions").contains("Up"))
        let clock = ContinuousClock()
        let start = clock.now
        bird.pause()
        try await eventually("BFD's end of the session", seconds: 5) {
            speaker.status().neighbors.first?.state != .established
        }
        // The hold time is nine seconds.
        #expect(clock.now - start < .seconds(2))
        #expect(speaker.status().neighbors.first?.lastError?.contains("BFD Down") == true)
        bird.resume()
        try await eventually("its return, not \(speaker.status())", seconds: 30) {
            guard let status = speaker.status().neighbors.first else { return false }
            return status.state == .established && status.bfd?.state == .up
        }
        // A planned end is no failure to BIRD: it reads the Cease, and no word of BFD's before it.
        let downs = bird.log.count(of: "four: BFD session down")
        await speaker.shutdown(text: "planned", deadlineSeconds: 2)
        try await eventually("BIRD's words on it") {
            bird.log.contains("Received: Administrative shutdown")
                && bird.log.contains("\"planned\"")
        }
        #expect(bird.log.count(of: "four: BFD session down") == downs)
    }
}

extension String {
    fileprivate func count(of text: String) -> Int {
        split(separator: "\n").count { $0.contains(text) }
    }
}
