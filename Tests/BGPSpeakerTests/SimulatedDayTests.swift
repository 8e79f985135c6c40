// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

@testable import BGPSpeaker

/// Would catch a timer that drifts, a back-off that hammers or dies, and what only shows after
/// hours.
struct SimulatedDayTests {
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour

    private func world(_ holdTimeSeconds: Int, seed: UInt64) -> MachineWorld {
        MachineWorld(
            KeptMachine(
                KeptMachine.settings(holdTimeSeconds: holdTimeSeconds), seed: seed),
            KeptMachine(
                KeptMachine.settings(
                    localAS: 65002, peerAS: 65001, identifier: 2, holdTimeSeconds: 90), seed: 9),
            seed: seed)
    }

    @Test(arguments: [3, 9, 90, 0])
    func aSessionLastsADay(_ holdTimeSeconds: Int) {
        var generator = SeededGenerator.announced()
        var world = world(holdTimeSeconds, seed: generator.next())
        world.give(.left, .start)
        world.give(.right, .start)
        world.run(milliseconds: 1_000)
        #expect(world.outcome == "one session")
        let before = world.kept.map(\.transitions)
        world.run(milliseconds: Self.day)
        #expect(world.outcome == "one session")
        #expect(world.kept.map(\.transitions) == before)
        #expect(world.faults == [])
        // Every third of the hold time, or up to a quarter sooner.
        for side in world.kept {
            guard holdTimeSeconds > 0 else {
                // One, and another on a connection that lost a collision.
                #expect((1...2).contains(side.keepalivesSent))
                continue
            }
            let least = 24 * 3_600 * 3 / holdTimeSeconds
            #expect((least...least * 4 / 3 + 2).contains(side.keepalivesSent))
        }
    }

    @Test func aNeighborThatRefusesForADayIsAskedOnceAMinuteAndTakesTheSessionThen() {
        var generator = SeededGenerator.announced()
        var world = world(9, seed: generator.next())
        world.refuses = [.right]
        world.give(.left, .start)
        world.run(milliseconds: Self.day)
        let gaps = zip(world.kept[0].attempts.dropFirst(), world.kept[0].attempts).map { $0 - $1 }
        #expect(gaps.allSatisfy { (1_000...60_010).contains($0) })
        #expect(gaps.dropFirst(10).allSatisfy { $0 >= 45_000 })
        #expect((1_440...1_930).contains(gaps.count))
        world.refuses = []
        world.give(.right, .start)
        world.run(milliseconds: 2_000)
        #expect(world.outcome == "one session")
        #expect(world.faults == [])
    }

    @Test func aPathThatComesAndGoesForADayCostsItsOwnSessionsOnly() {
        var generator = SeededGenerator.announced()
        var world = world(9, seed: generator.next())
        world.give(.left, .start)
        world.give(.right, .start)
        for _ in 0..<24 {
            world.run(milliseconds: Self.hour / 2)
            #expect(world.outcome == "one session")
            world.isCut = true
            world.run(milliseconds: Int64.random(in: 20_000...Self.hour / 2, using: &generator))
            #expect(world.kept.allSatisfy { $0.established == nil })
            world.isCut = false
        }
        world.run(milliseconds: 120_000)
        #expect(world.outcome == "one session")
        #expect(world.sides.map(\.sessions) == [25, 25])
        #expect(world.faults == [])
    }
}
