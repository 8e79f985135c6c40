// SPDX-License-Identifier: Apache-2.0

import BGPWire
import NIOCore
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

    /// Sockets of other suites wait for this thread: it is lent to them now and then.
    private func pass(_ milliseconds: Int64, in world: inout MachineWorld) async {
        for _ in 0..<96 {
            await Task.yield()
            world.run(milliseconds: milliseconds / 96)
        }
    }

    @Test(arguments: [3, 9, 90, 0])
    func aSessionLastsADay(_ holdTimeSeconds: Int) async {
        var generator = SeededGenerator.announced()
        var world = world(holdTimeSeconds, seed: generator.next())
        world.give(.left, .start)
        world.give(.right, .start)
        world.run(milliseconds: 1_000)
        #expect(world.outcome == "one session")
        let before = world.kept.map(\.transitions)
        await pass(Self.day, in: &world)
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

    @Test func aNeighborThatRefusesForADayIsAskedOnceAMinuteAndTakesTheSessionThen() async {
        var generator = SeededGenerator.announced()
        var world = world(9, seed: generator.next())
        world.refuses = [.right]
        world.give(.left, .start)
        await pass(Self.day, in: &world)
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

    @Test func aPathThatComesAndGoesForADayCostsItsOwnSessionsOnly() async {
        var generator = SeededGenerator.announced()
        var world = world(9, seed: generator.next())
        world.give(.left, .start)
        world.give(.right, .start)
        for _ in 0..<24 {
            await Task.yield()
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

    // MARK: The session itself, with its own timers

    /// Anywhere within an hour of the truth, and somewhere else at each look.
    private final class JumpingClock {
        private var generator: SeededGenerator
        private(set) var looks = 0

        init(_ generator: SeededGenerator) {
            self.generator = generator
        }

        var unixSeconds: Double {
            looks += 1
            return 1_800_000_000 + Double.random(in: -3_600...3_600, using: &generator)
        }
    }

    @Test func aDayOnAWallClockThatJumpsIsWithoutATransition() throws {
        let clock = JumpingClock(.announced())
        let world = SessionWorld(holdTimeSeconds: 9) { clock.unixSeconds }
        world.start()
        for _ in 0..<20 { world.advance(milliseconds: 100) }
        let caller = try #require(world.caller.session)
        let listener = try #require(world.listener.session)
        #expect(caller.machine.state == .established && listener.machine.state == .established)
        let before = [world.caller.transitions, world.listener.transitions]
        let looks = clock.looks
        for _ in 0..<24 * 3_600 * 2 { world.advance(milliseconds: 500) }
        #expect([world.caller.transitions, world.listener.transitions] == before)
        #expect(caller.status.establishedCount == 1 && caller.status.lastError == nil)
        // A keepalive each 2.25 to 3 seconds, and the loop's step beside.
        #expect((24_600...38_500).contains(caller.status.messagesReceived))
        // It was not even asked: no timer knows it.
        #expect(clock.looks == looks)
    }

    @Test func aDayOfRefusalsOnAWallClockThatJumpsKeepsToTheBackOff() throws {
        let clock = JumpingClock(.announced())
        let world = SessionWorld(holdTimeSeconds: 9) { clock.unixSeconds }
        world.refuses = true
        world.start()
        for _ in 0..<24 * 3_600 { world.advance(milliseconds: 1_000) }
        let attempts = world.caller.attempts
        let gaps = zip(attempts.dropFirst(), attempts).map { ($0 - $1).nanoseconds / 1_000_000 }
        #expect(gaps.allSatisfy { (1_000...60_000).contains($0) })
        #expect((1_440...1_930).contains(gaps.count))
        #expect(world.caller.session?.status.establishedCount == 0)
        world.refuses = false
        for _ in 0..<70 { world.advance(milliseconds: 1_000) }
        #expect(world.caller.session?.machine.state == .established)
    }
}
