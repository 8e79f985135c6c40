// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

@testable import BGPSpeaker

/// Would catch an order of events that crashes the machine, leaves it stuck, or makes it do what no
/// owner can: KeptMachine writes that down.
struct StateMachineFuzzTests {
    typealias Machine = NeighborStateMachine

    private static let sequences = 1_500
    private static let inputs = 40

    /// Anything that an owner, a kernel and a peer can come up with, in no order at all.
    private func input(_ generator: inout SeededGenerator) -> Machine.Input {
        let origin: ConnectionOrigin = Bool.random(using: &generator) ? .local : .peer
        var graceful = OpenMessage.peer()
        graceful.capabilities.append(
            .gracefulRestart(
                GracefulRestart(restartSeconds: 120, families: [.init(.ipv4Unicast)])))
        let all: [Machine.Input] = [
            .start, .start, .stop(.cease(.peerDeconfigured)),
            .leave(.cease(.administrativeShutdown)),
            .reset(.cease(.otherConfigurationChange)), .connected, .connected, .accepted,
            .accepted, .connectionFailed("x"), .connectionLost(origin, "x"), .bfdDown("BFD"),
            .received(origin, .keepalive), .received(origin, .keepalive),
            .received(origin, .keepalive), .received(origin, .open(.peer())),
            .received(origin, .open(.peer())), .received(origin, .open(.peer(identifier: 9))),
            .received(origin, .open(.peer(hold: 0))), .received(origin, .open(.peer(hold: 1))),
            .received(origin, .open(.peer(number: 3))), .received(origin, .open(graceful)),
            .received(origin, .notification(.holdTimerExpired)),
            .received(origin, .notification(.cease(.connectionCollision))),
            .received(origin, .routeRefresh(RouteRefreshMessage(family: .ipv4Unicast))),
            .malformed(origin, .markerNotAllOnes),
        ]
        return all.randomElement(using: &generator) ?? .start
    }

    private func firing(_ generator: inout SeededGenerator) -> Machine.Firing {
        Machine.Firing(
            hasUnreadBytes: Bool.random(using: &generator),
            latenessMilliseconds: [0, 3, 30_000].randomElement(using: &generator) ?? 0,
            sending: Machine.Sending(
                waitingBytes: Int64.random(in: 0...1, using: &generator),
                acknowledgedBytes: Int64.random(in: 0...1, using: &generator)))
    }

    /// A machine after some chaos, and when that ended.
    private func chaos(_ seed: UInt64) -> (KeptMachine, Int64) {
        var generator = SeededGenerator(seed: seed)
        var now: Int64 = 0
        var machine = KeptMachine(
            KeptMachine.settings(
                identifier: UInt32.random(in: 1...3, using: &generator),
                holdTimeSeconds: [0, 3, 9].randomElement(using: &generator) ?? 9,
                isPassive: Int.random(in: 0..<4, using: &generator) == 0), seed: seed)
        machine.take(.start, at: now)
        for _ in 0..<Self.inputs {
            // Timers fire when they are due or later, in their order; nothing else keeps to one.
            if let (timer, due) = machine.nextTimer, Int.random(in: 0..<3, using: &generator) == 0 {
                now = max(now, due)
                machine.take(.fired(timer, firing(&generator)), at: now)
            } else {
                let pause = Int64.random(in: 0...20, using: &generator)
                now += pause * pause
                machine.take(input(&generator), at: now)
            }
        }
        return (machine, now)
    }

    @Test func noOrderOfEventsBreaksAnythingOrLeavesItStuck() async {
        var seeds = SeededGenerator.announced()
        for _ in 0..<Self.sequences {
            // Sockets of other suites wait for this thread.
            await Task.yield()
            let seed = seeds.next()
            let (machine, now) = chaos(seed)
            #expect(machine.faults == [], "seed \(seed)")
            var world = MachineWorld(
                machine,
                KeptMachine(
                    KeptMachine.settings(localAS: 65002, peerAS: 65001, identifier: 2), seed: seed),
                now: now, seed: seed)
            // The chaos' connections have no peer. Those without a hold time end by a reset, and
            // the others have to be found out.
            for (origin, link) in machine.machine.links
            where machine.machine.settings.holdTimeSeconds == 0
                || link.open?.holdTimeSeconds == 0
            {
                world.give(.left, .connectionLost(origin, "reset"))
            }
            world.give(.left, .start)
            world.give(.right, .start)
            for _ in 0..<40 where !world.isOneSession { world.run(milliseconds: 10_000) }
            #expect(world.outcome == "one session", "seed \(seed)")
            #expect(world.faults == [], "seed \(seed)")
        }
    }
}
