// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

@testable import BGPSpeaker

/// Would catch a transition, a timer or a NOTIFICATION other than RFC 4271's and RFC 6608's.
struct NeighborStateMachineTests {
    typealias Machine = NeighborStateMachine

    /// A machine, a clock and a die of its own.
    private struct Bench {
        var machine: Machine
        var now: Int64 = 0
        var generator = SeededGenerator(seed: 1)

        init(_ change: (inout Machine.Settings) -> Void = { _ in }) {
            var settings = Machine.Settings(
                localAS: 65001, peerAS: 65002, identifier: 1, holdTimeSeconds: 9,
                families: [.ipv4Unicast, .ipv6Unicast])
            change(&settings)
            machine = Machine(settings: settings)
        }

        @discardableResult
        mutating func take(_ input: Machine.Input) -> [Machine.Action] {
            machine.handle(input, nowMilliseconds: now, using: &generator)
        }

        mutating func establish(_ open: OpenMessage = .peer()) {
            take(.start)
            take(.connected)
            take(.received(.local, .open(open)))
            take(.received(.local, .keepalive))
        }

        static func established() -> Bench {
            var bench = Bench()
            bench.establish()
            return bench
        }

        mutating func bring(to state: NeighborState) {
            switch state {
            case .idle: break
            case .connect: take(.start)
            case .active:
                take(.start)
                take(.connectionFailed("refused"))
            case .openSent:
                take(.start)
                take(.connected)
            case .openConfirm:
                take(.start)
                take(.connected)
                take(.received(.local, .open(.peer())))
            case .established: establish()
            }
        }
    }

    private func sent(_ actions: [Machine.Action]) -> [NotificationMessage] {
        actions.compactMap {
            guard case .sendNotification(_, let notification) = $0 else { return nil }
            return notification
        }
    }

    private func delay(_ timer: Machine.Timer, _ actions: [Machine.Action]) -> Int? {
        for case .arm(timer, let milliseconds) in actions { return milliseconds }
        return nil
    }

    // MARK: Coming up

    @Test func theFirstAttemptIsMadeAtOnce() {
        var bench = Bench()
        #expect(bench.take(.start) == [.connect])
        #expect(bench.machine.state == .connect)
    }

    @Test func aPassiveNeighborWaits() {
        var bench = Bench { $0.isPassive = true }
        #expect(bench.take(.start) == [])
        #expect(bench.machine.state == .active)
        #expect(bench.take(.accepted).contains { if case .sendOpen = $0 { true } else { false } })
    }

    @Test func anOpenIsSentWithALongHoldTimer() {
        var bench = Bench()
        bench.take(.start)
        let actions = bench.take(.connected)
        #expect(delay(.hold(.local), actions) == 240_000)
        guard case .sendOpen(_, let open) = actions[0] else {
            Issue.record("no OPEN in \(actions)")
            return
        }
        #expect(open.families == [.ipv4Unicast, .ipv6Unicast])
        #expect(open.hasRouteRefresh && open.fourOctetAS == 65001)
    }

    @Test func theSmallerHoldTimeIsTaken() {
        for (theirs, agreed) in [(UInt16(90), 9), (3, 3), (9, 9)] {
            var bench = Bench()
            bench.take(.start)
            bench.take(.connected)
            let actions = bench.take(.received(.local, .open(.peer(hold: theirs))))
            #expect(actions.first == .sendKeepalive(.local))
            #expect(delay(.hold(.local), actions) == agreed * 1000)
            let keepalive = delay(.keepalive(.local), actions) ?? 0
            #expect((agreed * 250...agreed * 1000 / 3).contains(keepalive))
        }
    }

    @Test func aHoldTimeOfZeroMeansNoTimers() {
        var bench = Bench()
        bench.take(.start)
        bench.take(.connected)
        let actions = bench.take(.received(.local, .open(.peer(hold: 0))))
        #expect(actions == [.sendKeepalive(.local)])
        // Until its KEEPALIVE is there the peer has the four minutes of OpenSent.
        let last = bench.take(.received(.local, .keepalive))
        #expect(last.first == .disarm(.hold(.local)))
        #expect(bench.machine.state == .established)
    }

    @Test func theFirstKeepaliveEstablishes() {
        var bench = Bench()
        bench.bring(to: .openConfirm)
        let actions = bench.take(.received(.local, .keepalive))
        #expect(bench.machine.state == .established)
        guard case .sessionUp(_, let parameters) = actions.last else {
            Issue.record("no session in \(actions)")
            return
        }
        #expect(parameters.families == [.ipv4Unicast, .ipv6Unicast])
        #expect(parameters.isFourOctetAS && !parameters.isInternal)
    }

    @Test func onlyFamiliesOfBothSidesAreCarried() {
        var bench = Bench()
        bench.establish(.peer(families: [.ipv6Unicast]))
        #expect(bench.machine.parameters?.families == [.ipv6Unicast])
    }

    @Test func anOldPeerMeansTwoOctetNumbers() {
        var bench = Bench()
        var open = OpenMessage.peer()
        open.capabilities.removeAll { if case .fourOctetAS = $0 { true } else { false } }
        bench.establish(open)
        #expect(bench.machine.state == .established)
        #expect(bench.machine.parameters?.isFourOctetAS == false)
    }

    // MARK: Refusing

    private static let refusedOpens: [(OpenMessage, UInt8)] = [
        (.peer(number: 65003), 2), (.peer(number: 0), 2), (.peer(identifier: 0), 3),
        (.peer(hold: 1), 6), (.peer(hold: 2), 6),
    ]

    @Test(arguments: refusedOpens)
    func anOpenIsRefusedWithItsSubcode(_ open: OpenMessage, _ subcode: UInt8) {
        var bench = Bench()
        bench.bring(to: .openSent)
        let actions = bench.take(.received(.local, .open(open)))
        #expect(sent(actions).map(\.code) == [2])
        #expect(sent(actions).map(\.subcode) == [subcode])
        #expect(actions.contains(.close(.local)))
        #expect(bench.machine.state == .active)
    }

    @Test func theStandInNumberAloneIsNoAS() {
        var bench = Bench { $0.peerAS = 23456 }
        bench.bring(to: .openSent)
        var open = OpenMessage.peer()
        open.autonomousSystem = 23456
        open.capabilities = []
        #expect(sent(bench.take(.received(.local, .open(open)))).map(\.subcode) == [2])
    }

    @Test func anEqualIdentifierIsAnErrorInsideAnASOnly() {
        var outside = Bench()
        outside.bring(to: .openSent)
        outside.take(.received(.local, .open(.peer(identifier: 1))))
        #expect(outside.machine.state == .openConfirm)
        var inside = Bench { $0.peerAS = 65001 }
        inside.bring(to: .openSent)
        let actions = inside.take(.received(.local, .open(.peer(number: 65001, identifier: 1))))
        #expect(sent(actions).map(\.subcode) == [3])
    }

    private static let unexpected: [(NeighborState, BGPMessage, UInt8)] = [
        (.openSent, .keepalive, 1),
        (.openSent, .routeRefresh(RouteRefreshMessage(family: .ipv4Unicast)), 1),
        (.openConfirm, .open(.peer()), 2),
        (.openConfirm, .routeRefresh(RouteRefreshMessage(family: .ipv4Unicast)), 2),
        (.established, .open(.peer()), 3),
    ]

    @Test(arguments: unexpected)
    func anUnexpectedMessageIsAStateMachineError(
        _ state: NeighborState, _ message: BGPMessage, _ subcode: UInt8
    ) {
        var bench = Bench()
        bench.bring(to: state)
        let actions = bench.take(.received(.local, message))
        #expect(
            sent(actions) == [
                NotificationMessage(
                    .finiteStateMachine, subcode: subcode, data: [message.type.rawValue])
            ])
        #expect(bench.machine.state == .active)
    }

    @Test(arguments: [NeighborState.openSent, .openConfirm, .established])
    func garbageIsAnsweredAndTheConnectionClosed(_ state: NeighborState) {
        var bench = Bench()
        bench.bring(to: state)
        let actions = bench.take(.malformed(.local, .markerNotAllOnes))
        #expect(sent(actions).map(\.code) == [1])
        let notification = actions.firstIndex { !sent([$0]).isEmpty } ?? .max
        let close = actions.firstIndex(of: .close(.local)) ?? .min
        #expect(notification < close)
        #expect(actions.contains(.sessionDown) == (state == .established))
    }

    // MARK: Going down

    @Test(arguments: [NeighborState.openSent, .openConfirm, .established])
    func aHoldTimerThatFiresEndsTheSession(_ state: NeighborState) {
        var bench = Bench()
        bench.bring(to: state)
        let actions = bench.take(.fired(.hold(.local), .init()))
        #expect(sent(actions) == [.holdTimerExpired])
        #expect(actions.contains(.reportError("sent Hold Timer Expired (4/0)")))
    }

    @Test(arguments: [
        Machine.Firing(hasUnreadBytes: true, latenessMilliseconds: 0),
        Machine.Firing(hasUnreadBytes: false, latenessMilliseconds: 30_000),
    ])
    func aHoldTimerThatMayBeOurFaultHasOneGrace(_ firing: Machine.Firing) {
        var bench = Bench.established()
        #expect(
            bench.take(.fired(.hold(.local), firing)) == [.arm(.hold(.local), milliseconds: 1000)])
        var patient = bench
        #expect(!sent(bench.take(.fired(.hold(.local), firing))).isEmpty)
        // What was waiting was a KEEPALIVE: nothing has happened.
        #expect(
            patient.take(.received(.local, .keepalive)) == [.arm(.hold(.local), milliseconds: 9000)]
        )
        #expect(
            patient.take(.fired(.hold(.local), firing)) == [.arm(.hold(.local), milliseconds: 1000)]
        )
    }

    /// RFC 9687: fired each eighth of the time, it looks whether anything was acknowledged.
    @Test(arguments: [(9, 480), (300, 600)])
    func aPeerThatTakesNothingLosesTheSession(holdSeconds: Int, limitSeconds: Int) {
        var bench = Bench { $0.holdTimeSeconds = holdSeconds }
        bench.establish(.peer(hold: UInt16(holdSeconds)))
        let look = limitSeconds * 1000 / 8
        func fire(_ waiting: Int64, _ acknowledged: Int64) -> [Machine.Action] {
            bench.now += Int64(look)
            let sending = Machine.Sending(
                waitingBytes: waiting, acknowledgedBytes: acknowledged)
            return bench.take(.fired(.sendHold(.local), Machine.Firing(sending: sending)))
        }
        let again = [Machine.Action.arm(.sendHold(.local), milliseconds: look)]
        // Nothing to take is no fault, for however long; nor is slow progress.
        for _ in 0..<20 { #expect(fire(0, 100) == again) }
        for step in 0..<20 { #expect(fire(1_000, 200 + Int64(step)) == again) }
        for _ in 0..<7 { #expect(fire(1_000, 219) == again) }
        let actions = fire(1_000, 219)
        #expect(sent(actions) == [NotificationMessage(.sendHoldTimerExpired, subcode: 0)])
        #expect(actions.contains(.reportError("sent Send Hold Timer Expired (8/0)")))
    }

    @Test func aHoldTimeOfZeroHasNoSendHoldTimer() {
        var bench = Bench()
        bench.take(.start)
        bench.take(.connected)
        let actions = bench.take(.received(.local, .open(.peer(hold: 0))))
        #expect(delay(.sendHold(.local), actions) == nil)
    }

    @Test func aKeepaliveTimerSendsAndGoesOn() {
        var bench = Bench.established()
        let actions = bench.take(.fired(.keepalive(.local), .init()))
        #expect(actions.first == .sendKeepalive(.local))
        #expect((2250...3000).contains(delay(.keepalive(.local), actions) ?? 0))
    }

    @Test func keepalivesAndUpdatesRearmTheHoldTimer() throws {
        var bench = Bench.established()
        #expect(delay(.hold(.local), bench.take(.received(.local, .keepalive))) == 9000)
        let update = try UpdateMessage(
            body: [0, 0, 0, 0], context: UpdateContext(isFourOctetAS: true, isInternal: false))
        let actions = bench.take(.received(.local, .update(update)))
        #expect(actions == [.arm(.hold(.local), milliseconds: 9000), .deliver(update)])
    }

    @Test func aRefreshIsAnsweredForItsFamilyOnly() {
        var bench = Bench()
        bench.establish(.peer(families: [.ipv4Unicast]))
        func ask(_ family: AddressFamily, _ subtype: UInt8 = 0) -> [Machine.Action] {
            bench.take(
                .received(
                    .local, .routeRefresh(RouteRefreshMessage(family: family, subtype: subtype))))
        }
        #expect(ask(.ipv4Unicast) == [.resend(.ipv4Unicast)])
        #expect(ask(.ipv6Unicast) == [])
        #expect(ask(.ipv4Unicast, 1) == [])
        #expect(bench.machine.state == .established)
    }

    @Test func stopSendsItsNotificationBeforeItCloses() {
        var bench = Bench.established()
        let cease = NotificationMessage.cease(.administrativeShutdown, text: "bye")
        let actions = bench.take(.stop(cease))
        #expect(
            Array(actions.prefix(3)) == [
                .sendNotification(.local, cease), .sessionDown, .close(.local),
            ])
        #expect(bench.machine.state == .idle)
        #expect(bench.take(.fired(.connectRetry, .init())) == [])
    }

    @Test func resetBeginsAgainAtOnce() {
        var bench = Bench.established()
        bench.now += 1_000
        let actions = bench.take(.reset(.cease(.otherConfigurationChange)))
        #expect(actions.first == .sendNotification(.local, .cease(.otherConfigurationChange)))
        #expect(actions.last == .connect)
    }

    @Test func resetsInARowConnectOnceASecond() {
        var bench = Bench()
        bench.take(.start)
        for _ in 0..<5 {
            bench.now += 10
            let actions = bench.take(.reset(.cease(.otherConfigurationChange)))
            #expect(!actions.contains(.connect))
            #expect(delay(.connectRetry, actions) == 1_000 - Int(bench.now))
        }
        bench.now = 1_000
        #expect(bench.take(.fired(.connectRetry, .init())) == [.connect])
    }

    @Test(arguments: [NeighborState.openSent, .openConfirm, .established])
    func aLostConnectionWaitsAtLeastASecond(_ state: NeighborState) {
        var bench = Bench()
        bench.bring(to: state)
        let actions = bench.take(.connectionLost(.local, "the peer closed the connection"))
        #expect(sent(actions).isEmpty)
        #expect((delay(.connectRetry, actions) ?? 0) >= 1000)
        #expect(bench.take(.fired(.connectRetry, .init())) == [.connect])
    }

    @Test func thePeersNotificationIsReportedAndNotAnswered() {
        var bench = Bench.established()
        let cease = NotificationMessage.cease(.administrativeReset, text: "new card")
        let actions = bench.take(.received(.local, .notification(cease)))
        #expect(sent(actions).isEmpty)
        #expect(
            actions.contains(
                .reportError("received Cease: Administrative Reset (6/4) \"new card\"")))
        #expect((1000...1999).contains(delay(.connectRetry, actions) ?? 0))
    }

    @Test func anErrorFromThePeerIsNotHammered() {
        var bench = Bench()
        bench.bring(to: .openSent)
        let refusal = NotificationMessage(.openMessage, subcode: 2)
        let actions = bench.take(.received(.local, .notification(refusal)))
        #expect((delay(.connectRetry, actions) ?? 0) >= 10_000)
    }

    // MARK: Back-off

    @Test func attemptsBackOffToAMinuteAndNeverComeFasterThanASecond() {
        var bench = Bench()
        var actions = bench.take(.start)
        var delays: [Int] = []
        for _ in 0..<12 {
            #expect(actions.last == .connect)
            delays.append(delay(.connectRetry, bench.take(.connectionFailed("refused"))) ?? 0)
            actions = bench.take(.fired(.connectRetry, .init()))
        }
        for (index, milliseconds) in delays.enumerated() {
            let whole = min(60_000, 1334 << min(index, 6))
            #expect((max(1000, whole * 3 / 4)...whole).contains(milliseconds))
        }
    }

    @Test func aSessionThatLastedBeginsANewRow() {
        var bench = Bench()
        bench.bring(to: .active)
        for _ in 0..<5 {
            bench.take(.fired(.connectRetry, .init()))
            bench.take(.connectionFailed("refused"))
        }
        bench.take(.fired(.connectRetry, .init()))
        bench.take(.connected)
        bench.take(.received(.local, .open(.peer())))
        bench.take(.received(.local, .keepalive))
        var brief = bench
        brief.now += 1_000
        #expect((delay(.connectRetry, brief.take(.connectionLost(.local, "x"))) ?? 0) > 10_000)
        bench.now += 60_000
        #expect((delay(.connectRetry, bench.take(.connectionLost(.local, "x"))) ?? 0) < 2_000)
    }
}
