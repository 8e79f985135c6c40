// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Foundation
import Glibc
import Testing

/// Would catch speakers that call each other at the same moment and do not end with one session.
@Suite(.serialized)
struct BothActiveTests {
    private static let rounds = 50

    @Test(arguments: [IPAddress.loopbackV4, .loopbackV6])
    func twoSpeakersThatCallEachOtherHaveOneSessionEachOfFiftyTimes(
        _ address: IPAddress
    ) async throws {
        var pair = try await SpeakerPair(address: address)
        let other = freePort()
        pair.toAnnouncer.passive = false
        pair.toAnnouncer.key.endpoint.port = other
        let announcers = [Endpoint(address: address, port: other)]
        let routers = [Endpoint(address: address, port: pair.port)]
        // What the pair began with would take the first round's call.
        pair.router.configure(neighbors: [], listeners: routers)
        try await eventually("no neighbour") { pair.router.status().neighbors.isEmpty }
        let clock = ContinuousClock()
        var longest = Duration.zero
        for round in 0..<Self.rounds {
            let start = clock.now
            // Their identifiers take turns in being the higher.
            pair.toRouter.routerID = UInt32(2 + round % 2 * 2)
            pair.toAnnouncer.routerID = 3
            pair.announcer.configure(neighbors: [pair.toRouter], listeners: announcers)
            pair.router.configure(neighbors: [pair.toAnnouncer], listeners: routers)
            try await eventually("one session in round \(round)", seconds: 5) {
                pair.announcer.status()[pair.toRouter.key]?.state == .established
                    && pair.router.status()[pair.toAnnouncer.key]?.state == .established
            }
            longest = max(longest, clock.now - start)
            try await Task.sleep(for: .milliseconds(5))
            #expect(
                pair.announcer.status()[pair.toRouter.key]?.establishedCount == 1,
                "round \(round): \(pair.told.reasons)")
            #expect(pair.router.status()[pair.toAnnouncer.key]?.establishedCount == 1)
            #expect(pair.announcer.status()[pair.toRouter.key]?.state == .established)
            pair.announcer.configure(neighbors: [], listeners: announcers)
            pair.router.configure(neighbors: [], listeners: routers)
            try await eventually("the end of round \(round)") {
                pair.announcer.status().neighbors.isEmpty
                    && pair.router.status().neighbors.isEmpty
            }
        }
        // A second is what a wait for another attempt takes.
        #expect(longest < .milliseconds(900))
        await pair.end()
    }

    /// Fifty neighbours of one BIRD at once. It is stopped while its timers run out and while our
    /// connections come in, so that it makes its own and takes ours in the same turn of its loop.
    @Test func birdAndWeCallingAtOnceHaveOneSessionEachOfFiftyTimes() async throws {
        let (birdPort, ourPort) = (freePort(), freePort())
        let sessions = (1...Self.rounds).map { number in
            """
            protocol bgp both\(number) {
              local 127.0.9.\(number) port \(birdPort) as \(Bird.peerAS);
              neighbor 127.0.8.\(number) port \(ourPort) as \(Bird.ourAS);
              disabled; multihop; strict bind; connect delay time 2; hold time 9;
              error wait time 1, 5;
              ipv4 { import all; export none; };
            }
            """
        }
        let bird = try await Bird(prelude: sessions.joined(separator: "\n"))
        let neighbors = (1...Self.rounds).map { number in
            var neighbor = NeighborDeclaration(
                key: NeighborKey(
                    endpoint: Endpoint(
                        address: IPAddress(v4: 0x7f00_0900 | UInt32(number)), port: birdPort)),
                localAS: Bird.ourAS, peerAS: Bird.peerAS, location: SpeakerPair.here)
            neighbor.localAddress = IPAddress(v4: 0x7f00_0800 | UInt32(number))
            // BIRD's is 10.0.0.9.
            neighbor.routerID = number % 2 == 0 ? 0x0a00_0001 : 0x0a00_00ff
            return neighbor
        }
        let told = EventLog()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger) { told.append($0) }
        _ = try await bird.command("enable \"both*\"")
        // It listens within its timers' second and a half at least.
        try await eventually("fifty listeners") { try Self.listeners(on: birdPort) == Self.rounds }
        bird.pause()
        speaker.configure(
            neighbors: neighbors, listeners: [Endpoint(address: .anyV4, port: ourPort)])
        try await eventually("fifty connections of ours") {
            speaker.status().neighbors.filter { $0.state == .openSent }.count == Self.rounds
        }
        // Its timers run for two seconds at most.
        try await Task.sleep(for: .milliseconds(2_050))
        bird.resume()
        try await eventually("fifty sessions, not \(told.reasons)") {
            speaker.status().neighbors.filter { $0.state == .established }.count == Self.rounds
        }
        try await Task.sleep(for: .milliseconds(500))
        let status = speaker.status().neighbors
        #expect(status.allSatisfy { $0.state == .established && $0.establishedCount == 1 })
        #expect(told.reasons == [])
        let shown = try await bird.command("show protocols").split(separator: "\n")
        #expect(shown.filter { $0.contains("both") && $0.contains("Established") }.count == 50)
        // They did collide: half of the second connections BIRD ended, the other half we did.
        let collisions = bird.log.split(separator: "\n").filter {
            $0.contains("ollision")
        }
        #expect(collisions.count >= Self.rounds / 2, "\(collisions)")
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    /// IPv4 sockets of this network namespace that listen on a port.
    private static func listeners(on port: UInt16) throws -> Int {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        // Read to its end: the kernel gives such a table in parts, and says that it is empty.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/tcp"))
        let table = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        return table.split(separator: "\n").filter { line in
            let words = line.split(separator: " ")
            return words.count > 3 && words[1].hasSuffix(ending) && words[3] == "0A"
        }.count
    }
}
