// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BFD

@Suite struct BFDStateMachineTests {
    private static func settings(
        tx: UInt32 = 300_000, rx: UInt32 = 300_000, multiplier: UInt8 = 3, passive: Bool = false
    ) -> BFDSettings {
        var settings = BFDSettings()
        settings.desiredMinTx = tx
        settings.requiredMinRx = rx
        settings.detectMultiplier = multiplier
        settings.isPassive = passive
        return settings
    }

    private static func up(
        _ one: BFDSettings = settings(), _ other: BFDSettings = settings(), seed: UInt64 = 1
    ) -> BFDPair {
        var pair = BFDPair(one, other, seed: seed)
        pair.start()
        pair.run(milliseconds: 5_000)
        #expect(pair.machines.map(\.state) == [.up, .up])
        return pair
    }

    @Test(arguments: 1...20) func twoSidesComeUpByThreeWays(seed: Int) {
        let pair = Self.up(seed: UInt64(seed))
        #expect(pair.events.filter { $0.to == .up }.count == 2)
        #expect(pair.events.allSatisfy { $0.microseconds < 2_000_000 })
    }

    @Test func aSessionThatIsNotUpSendsOnceASecondAtMost() {
        var pair = BFDPair(Self.settings(tx: 10_000, rx: 10_000), seed: 2)
        pair.carries = [false, false]
        pair.start()
        pair.run(milliseconds: 60_000)
        let gaps = zip(pair.sent[0], pair.sent[0].dropFirst()).map {
            $1.microseconds - $0.microseconds
        }
        #expect(gaps.allSatisfy { 750_000...1_000_000 ~= $0 })
        #expect(Set(gaps).count > gaps.count / 2)
        #expect(pair.sent[0].allSatisfy { $0.packet.desiredMinTx == 1_000_000 })
    }

    @Test(arguments: [UInt8(1), 3, 50]) func paceIsTheSlowerWishLessJitter(multiplier: UInt8) {
        var pair = Self.up(
            Self.settings(tx: 20_000, rx: 15_000, multiplier: multiplier),
            Self.settings(tx: 10_000, rx: 50_000))
        let before = pair.sent[0].count
        pair.run(milliseconds: 20_000)
        let times = pair.sent[0][before...].map(\.microseconds)
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        // A loss is the end for a multiplier of one: a tenth less at least.
        #expect(gaps.allSatisfy { 37_500...(multiplier == 1 ? 45_000 : 50_000) ~= $0 })
        #expect(gaps.count > 350)
        #expect(pair.machines[1].detectionMicroseconds == UInt64(multiplier) * 50_000)
    }

    @Test func silenceIsNoticedAfterTheDetectionTimeAndNotBefore() throws {
        var pair = Self.up(
            Self.settings(tx: 50_000, rx: 50_000), Self.settings(tx: 50_000, rx: 50_000))
        pair.carries[0] = false
        let last = try #require(pair.sent[0].last).microseconds
        let start = pair.now
        pair.run(milliseconds: 1_000)
        let down = try #require(pair.events.first { $0.microseconds >= start && $0.side == 1 })
        #expect(down.to == .down && down.diagnostic == .detectionTimeExpired)
        #expect(down.microseconds == last + BFDPair.latency + 150_000)
        // The other is told, and says whose word it was.
        let told = try #require(pair.events.first { $0.microseconds >= start && $0.side == 0 })
        #expect(told.to == .down && told.diagnostic == .neighborSignaledDown)
        #expect(told.microseconds == down.microseconds + BFDPair.latency)
    }

    @Test func aSessionComesBackAfterALoss() {
        var pair = Self.up()
        pair.carries = [false, false]
        pair.run(milliseconds: 10_000)
        #expect(pair.machines.map(\.state) == [.down, .down])
        // Whoever it was before, it is to be found by its address again.
        #expect(pair.machines.map(\.remoteDiscriminator) == [0, 0])
        pair.carries = [true, true]
        pair.run(milliseconds: 4_000)
        #expect(pair.machines.map(\.state) == [.up, .up])
    }

    @Test func adminDownIsToldAtOnceAndIsNoFailure() throws {
        var pair = Self.up()
        let start = pair.now
        pair.give(0, .disable)
        pair.run(milliseconds: 50)
        let told = try #require(pair.events.last)
        #expect(told.side == 1 && told.to == .down && told.diagnostic == .neighborSignaledDown)
        #expect(told.microseconds == start + BFDPair.latency)
        #expect(pair.machines[1].remoteState == .adminDown)
        #expect(pair.machines[1].remoteDiagnostic == .administrativelyDown)
        pair.run(milliseconds: 30_000)
        #expect(pair.machines.map(\.state) == [.adminDown, .down])
        pair.give(0, .enable)
        pair.run(milliseconds: 4_000)
        #expect(pair.machines.map(\.state) == [.up, .up])
    }

    @Test func aPassiveSideIsSilentUntilItIsCalled() {
        var pair = BFDPair(Self.settings(passive: true), Self.settings(), seed: 3)
        pair.carries[1] = false
        pair.start()
        pair.run(milliseconds: 10_000)
        #expect(pair.sent[0].isEmpty)
        pair.carries[1] = true
        pair.run(milliseconds: 4_000)
        #expect(pair.machines.map(\.state) == [.up, .up])
        var both = BFDPair(Self.settings(passive: true), Self.settings(passive: true), seed: 4)
        both.start()
        both.run(milliseconds: 60_000)
        #expect(both.sent.allSatisfy { $0.isEmpty })
    }

    @Test func slowerTimersWaitForThePeersWord() {
        var pair = Self.up(
            Self.settings(tx: 50_000, rx: 50_000), Self.settings(tx: 50_000, rx: 50_000))
        pair.carries[1] = false
        pair.give(0, .configure(Self.settings(tx: 400_000, rx: 400_000)))
        pair.run(milliseconds: 60)
        #expect(pair.machines[0].transmitMicroseconds == 50_000)
        #expect(
            pair.sent[0].suffix(1).allSatisfy {
                $0.packet.poll && $0.packet.desiredMinTx == 400_000
            })
        pair.carries[1] = true
        pair.run(milliseconds: 200)
        #expect(pair.machines[0].transmitMicroseconds == 400_000)
        pair.run(milliseconds: 10_000)
        #expect(pair.machines.map(\.state) == [.up, .up])
        #expect(pair.events.count { $0.to == .down } == 0)
        #expect(pair.machines[1].detectionMicroseconds == 1_200_000)
        #expect(!pair.sent[0].suffix(3).contains { $0.packet.poll })
    }

    @Test func aPollIsAnsweredAtOnceWithF() throws {
        var pair = Self.up()
        var packet = pair.machines[1].packet(poll: true)
        packet.desiredMinTx = 700_000
        let answers = pair.machines[0].handle(.received(packet), using: &pair.generator)
        let answer = try #require(
            answers.compactMap { if case .send(let packet) = $0 { packet } else { nil } }.first)
        #expect(answer.final && !answer.poll)
    }

    @Test func requiredMinRxZeroStopsUsUntilItIsTakenBack() {
        var pair = Self.up()
        var packet = pair.machines[1].packet()
        packet.requiredMinRx = 0
        #expect(
            pair.machines[0].handle(.received(packet), using: &pair.generator)
                .contains(.disarm(.transmit)))
        packet.requiredMinRx = 300_000
        let again = pair.machines[0].handle(.received(packet), using: &pair.generator)
        #expect(again.contains { if case .arm(.transmit, _) = $0 { true } else { false } })
    }

    /// RFC 5880 §6.8.6: state of ours, state received, state after.
    @Test(arguments: [
        (BFDState.down, BFDState.down, BFDState.initializing), (.down, .initializing, .up),
        (.down, .up, .down), (.down, .adminDown, .down), (.initializing, .down, .initializing),
        (.initializing, .initializing, .up), (.initializing, .up, .up),
        (.initializing, .adminDown, .down), (.up, .down, .down), (.up, .initializing, .up),
        (.up, .up, .up), (.up, .adminDown, .down), (.adminDown, .up, .adminDown),
    ])
    func theTableOfTheRFCHolds(mine: BFDState, received: BFDState, after: BFDState) {
        var generator = SeededGenerator(seed: 9)
        var machine = BFDStateMachine(settings: BFDSettings(), discriminator: 1)
        var packet = BFDPacket()
        packet.myDiscriminator = 2
        packet.desiredMinTx = 300_000
        packet.requiredMinRx = 300_000
        func give(_ state: BFDState) {
            packet.state = state
            _ = machine.handle(.received(packet), using: &generator)
        }
        switch mine {
        case .adminDown: _ = machine.handle(.disable, using: &generator)
        case .down: break
        case .initializing: give(.down)
        case .up: give(.initializing)
        }
        #expect(machine.state == mine)
        give(received)
        #expect(machine.state == after)
    }

    /// Whatever comes in whatever order: no state without a way out, no pace faster than agreed.
    @Test(arguments: 1...50) func randomEventsLeaveASessionThatComesUpAgain(seed: Int) {
        var pair = Self.up(seed: UInt64(seed))
        for _ in 0..<300 {
            let side = Int.random(in: 0...1, using: &pair.generator)
            switch Int.random(in: 0..<6, using: &pair.generator) {
            case 0: pair.give(side, .disable)
            case 1: pair.give(side, .enable)
            case 2: pair.carries[side].toggle()
            case 3:
                var packet = BFDPacket()
                packet.state = BFDState.allCases.randomElement(using: &pair.generator) ?? .down
                packet.myDiscriminator = .random(in: 1...9, using: &pair.generator)
                packet.desiredMinTx = .random(in: 0...2_000_000, using: &pair.generator)
                packet.requiredMinRx = .random(in: 0...2_000_000, using: &pair.generator)
                packet.poll = Bool.random(using: &pair.generator)
                packet.final = Bool.random(using: &pair.generator)
                packet.demand = Bool.random(using: &pair.generator)
                pair.give(side, .received(packet))
            case 4:
                pair.give(
                    side,
                    .configure(
                        Self.settings(
                            tx: .random(in: 10_000...900_000, using: &pair.generator),
                            rx: .random(in: 10_000...900_000, using: &pair.generator))))
            default: pair.run(milliseconds: .random(in: 1...2_000, using: &pair.generator))
            }
        }
        pair.carries = [true, true]
        pair.give(0, .enable)
        pair.give(1, .enable)
        pair.run(milliseconds: 30_000)
        #expect(pair.machines.map(\.state) == [.up, .up])
    }
}
