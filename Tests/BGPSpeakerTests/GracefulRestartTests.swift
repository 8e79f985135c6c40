// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch an End-of-RIB that is said before the routes are known, and a planned end that a
/// peer takes for a restart.
struct GracefulRestartTests {
    typealias Machine = NeighborStateMachine

    private static let offer = GracefulRestart(
        restartSeconds: 120, isNotificationGraceful: true, families: [.init(.ipv4Unicast)])

    /// What the first OPEN of a connection says, at that many milliseconds.
    private func said(_ machine: inout KeptMachine, at milliseconds: Int64) -> GracefulRestart? {
        for action in machine.take(.connected, at: milliseconds) {
            guard case .sendOpen(_, let open) = action else { continue }
            return open.gracefulRestart
        }
        return nil
    }

    private func restarted(
        isPlanned: Bool, ours: GracefulRestart? = offer
    ) -> KeptMachine {
        var settings = KeptMachine.settings()
        settings.gracefulRestart = ours
        var machine = KeptMachine(
            settings, seed: 1, restart: .init(isPlanned: isPlanned, startMilliseconds: 0))
        machine.take(.start, at: 0)
        return machine
    }

    /// After a crash the peer forgets what it kept (RFC 4724 §4.2: F is not set); after a restart that
    /// was planned it keeps it until it has ours.
    @Test(arguments: [false, true])
    func theFirstOpenSaysThatWeRestarted(_ isPlanned: Bool) {
        var machine = restarted(isPlanned: isPlanned)
        let first = said(&machine, at: 1)
        #expect(first?.isRestarting == true && first?.restartSeconds == 120)
        #expect(
            first?.families
                == [.init(.ipv4Unicast, isForwardingPreserved: isPlanned)])
        // A peer that refuses hears it again; one that had a session does not.
        machine.take(.connectionLost(.local, "reset"), at: 2)
        machine.take(.fired(.connectRetry, .init()), at: 2_000)
        #expect(said(&machine, at: 2_001)?.isRestarting == true)
        var open = OpenMessage.peer()
        open.capabilities.append(.gracefulRestart(Self.offer))
        machine.take(.received(.local, .open(open)), at: 2_002)
        machine.take(.received(.local, .keepalive), at: 2_003)
        machine.take(.connectionLost(.local, "reset"), at: 2_004)
        machine.take(.fired(.connectRetry, .init()), at: 4_000)
        #expect(said(&machine, at: 4_001) == Self.offer)
    }

    @Test func whoKeepsNothingOrIsBackTooLateSaysNoRestart() {
        var machine = restarted(isPlanned: true, ours: GracefulRestart())
        #expect(said(&machine, at: 1) == GracefulRestart())
        machine = restarted(isPlanned: true)
        machine.take(.connectionFailed("refused"), at: 1)
        machine.take(.fired(.connectRetry, .init()), at: 120_001)
        #expect(said(&machine, at: 120_001) == Self.offer)
    }

    @Test func leavingIsSilentWhereRoutesAreKeptAndACeaseWhereTheyAreNot() {
        let cease = NotificationMessage.cease(.administrativeShutdown, text: "bye")
        var (machine, _) = established()
        let silent = machine.take(.leave(cease), at: 4)
        #expect(silent.first == .sessionDown && silent.contains(.close(.local)))
        #expect(!machine.machine.isStarted)
        (machine, _) = established(ours: GracefulRestart())
        #expect(machine.take(.leave(cease), at: 4).first == .sendNotification(.local, cease))
        (machine, _) = established(theirs: nil)
        #expect(machine.take(.leave(cease), at: 4).first == .sendNotification(.local, cease))
    }

    private func established(
        ours: GracefulRestart? = offer, theirs: GracefulRestart? = offer
    ) -> (KeptMachine, [Machine.Action]) {
        var settings = KeptMachine.settings()
        settings.gracefulRestart = ours
        var machine = KeptMachine(settings, seed: 1)
        var open = OpenMessage.peer()
        if let theirs { open.capabilities.append(.gracefulRestart(theirs)) }
        machine.take(.start, at: 0)
        machine.take(.connected, at: 1)
        machine.take(.received(.local, .open(open)), at: 2)
        let actions = machine.take(.received(.local, .keepalive), at: 3)
        return (machine, actions)
    }

    @Test func endOfRIBWaitsForTheHealthOfWhatIsAnnounced() {
        var (machine, actions) = established()
        let hold = actions.firstIndex(of: .holdEndOfRIB) ?? .max
        let up = actions.firstIndex { if case .sessionUp = $0 { true } else { false } } ?? .min
        #expect(hold < up)
        #expect(
            machine.take(.healthIsKnown, at: 4) == [.disarm(.endOfRIB), .releaseEndOfRIB])
        #expect(machine.take(.healthIsKnown, at: 5) == [])
        #expect(machine.timers[.endOfRIB] == nil)
    }

    @Test func halfTheRestartTimeIsWaitedAtMost() {
        var (machine, actions) = established()
        #expect(actions.contains(.arm(.endOfRIB, milliseconds: 60_000)))
        let later = machine.take(.fired(.endOfRIB, .init()), at: 60_003)
        #expect(later.contains(.releaseEndOfRIB))
        // A session that ends takes its wait with it.
        (machine, actions) = established()
        machine.take(.connectionLost(.local, "reset"), at: 4)
        #expect(machine.timers[.endOfRIB] == nil)
    }

    @Test func nobodyWaitsWhereNoRoutesAreKept() {
        for (ours, theirs) in [
            (GracefulRestart(), Self.offer), (nil, Self.offer), (Self.offer, nil),
        ] as [(GracefulRestart?, GracefulRestart?)] {
            let (_, actions) = established(ours: ours, theirs: theirs)
            #expect(!actions.contains(.holdEndOfRIB))
        }
        var (machine, _) = established()
        machine.take(.healthIsKnown, at: 4)
        machine.take(.connectionLost(.local, "reset"), at: 5)
        machine.take(.accepted, at: 6)
        machine.take(.received(.peer, .open(.peer())), at: 7)
        let again = machine.take(.received(.peer, .keepalive), at: 8)
        #expect(!again.contains(.holdEndOfRIB))
    }

    /// RFC 8538 §3: any other NOTIFICATION would let the peer keep our routes.
    @Test func anEndOnPurposeIsAHardResetWhereNotificationsAreGraceful() {
        let cease = NotificationMessage.cease(.administrativeShutdown, text: "bye")
        var (machine, _) = established()
        let hard = NotificationMessage.hardReset(wrapping: cease)
        #expect(
            machine.take(.stop(cease), at: 4).first == .sendNotification(.local, hard))
        #expect(hard.subcode == 9 && hard.data.prefix(2) == [6, 2])
        (machine, _) = established(theirs: GracefulRestart(families: [.init(.ipv4Unicast)]))
        #expect(
            machine.take(.stop(cease), at: 4).first == .sendNotification(.local, cease))
        // A failure is no purpose: the peer may see it through.
        (machine, _) = established()
        let actions = machine.take(.fired(.hold(.local), .init()), at: 9_004)
        #expect(actions.contains(.sendNotification(.local, .holdTimerExpired)))
    }
}

/// The same with a socket.
@Suite(.serialized)
struct HeldEndOfRIBTests {
    @Test func endOfRIBComesAfterTheRoutesThatHealthBrought() async throws {
        let peer = try ScriptedPeer()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger)
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: peer.port)),
            localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
        // No timer of the session's is to run out while others' tests keep this one waiting.
        neighbor.holdTimeSeconds = 0
        neighbor.gracefulRestart = GracefulRestartDeclaration(restartSeconds: 120)
        speaker.configure(neighbors: [neighbor])
        var open = OpenMessage.peer()
        open.capabilities.append(
            .gracefulRestart(
                GracefulRestart(restartSeconds: 120, families: [.init(.ipv4Unicast)])))
        try peer.establish(open)
        try await eventually("a session") {
            speaker.status()[neighbor.key]?.state == .established
        }
        try await Task.sleep(for: .milliseconds(100))
        #expect(speaker.status()[neighbor.key]?.updatesSent == 0)
        let prefix = try #require(IPPrefix("192.0.2.53/32"))
        speaker.publish(
            [neighbor.key: [prefix: WantedRoute(attributes: attributes(med: 7))]],
            leaseSeconds: nil)
        speaker.healthIsKnown()
        var updates: [UpdateMessage] = []
        while updates.count < 2, let message = try peer.hear() {
            if case .update(let update) = message { updates.append(update) }
        }
        #expect(updates.first?.announced == [prefix])
        #expect(updates.last?.endOfRIB == .ipv4Unicast)
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }
}
