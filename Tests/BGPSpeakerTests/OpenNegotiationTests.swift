// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

@testable import BGPSpeaker

/// Would catch an OPEN that says too much or too little, and one that is taken and should not be.
struct OpenNegotiationTests {
    private var settings = NeighborStateMachine.Settings(
        localAS: 65001, peerAS: 65002, identifier: 1, holdTimeSeconds: 9,
        families: [.ipv4Unicast, .ipv6Unicast])

    private func peer(
        _ more: [Capability] = [], families: [AddressFamily] = [.ipv4Unicast, .ipv6Unicast]
    ) -> OpenMessage {
        var open = OpenMessage.peer(families: families)
        open.capabilities += more
        return open
    }

    /// As it travels.
    private func read(_ open: OpenMessage) throws -> OpenMessage {
        var framer = MessageFramer()
        framer.append(open.encoded)
        return try OpenMessage(body: try #require(try framer.next()).body)
    }

    @Test func weOfferWhatCostsNobodyAnything() throws {
        var settings = settings
        settings.gracefulRestart = GracefulRestart()
        #expect(
            try read(settings.openMessage).capabilities == [
                .multiprotocol(.ipv4Unicast), .multiprotocol(.ipv6Unicast), .routeRefresh,
                .extendedMessages, .gracefulRestart(GracefulRestart()), .fourOctetAS(65001),
                .enhancedRouteRefresh,
            ])
    }

    @Test func weOfferTheRestWhenAsked() throws {
        var settings = settings
        settings.role = .customer
        settings.offersExtendedNextHop = true
        settings.hostName = "ns1.example.org"
        settings.isLinkLocalOnly = true
        let restart = GracefulRestart(
            restartSeconds: 120, isRestarting: true, isNotificationGraceful: true,
            families: [GracefulRestart.Family(.ipv4Unicast, isForwardingPreserved: true)])
        settings.gracefulRestart = restart
        let offered = try read(settings.openMessage).capabilities
        for wanted: Capability in [
            .role(3), .extendedNextHop([.ipv4Unicast]),
            .hostName(host: "ns1", domain: "example.org"), .linkLocalNextHop,
            .gracefulRestart(restart),
        ] {
            #expect(offered.contains(wanted), "\(wanted)")
        }
    }

    @Test func whatBothOfferIsAgreedOn() {
        let all = settings.parameters(
            with: peer([
                .enhancedRouteRefresh, .extendedMessages, .extendedNextHop([.ipv4Unicast]),
                .gracefulRestart(GracefulRestart(restartSeconds: 7)),
            ]))
        #expect(all.isRouteRefresh && all.isEnhancedRefresh && all.isExtendedMessage)
        #expect(all.peerGracefulRestart?.restartSeconds == 7)
        // Not offered by us.
        #expect(all.extendedNextHopFamilies.isEmpty)
        let plain = settings.parameters(with: peer())
        #expect(plain.isRouteRefresh && !plain.isEnhancedRefresh && !plain.isExtendedMessage)
        #expect(
            plain.agreedCapabilities == [
                "ipv4 unicast", "ipv6 unicast", "4-octet AS", "route refresh",
            ])
    }

    @Test func extendedNextHopNeedsBothSides() {
        var settings = settings
        settings.offersExtendedNextHop = true
        #expect(settings.parameters(with: peer()).extendedNextHopFamilies.isEmpty)
        #expect(
            settings.parameters(with: peer([.extendedNextHop([.ipv4Unicast])]))
                .extendedNextHopFamilies == [.ipv4Unicast])
        #expect(
            settings.parameters(
                with: peer([.extendedNextHop([.ipv4Unicast])], families: [.ipv6Unicast])
            ).extendedNextHopFamilies.isEmpty)
    }

    @Test func notificationsAreGracefulOnlyIfBothSaySo() {
        var settings = settings
        settings.gracefulRestart = GracefulRestart(restartSeconds: 9, isNotificationGraceful: true)
        let graceful = Capability.gracefulRestart(GracefulRestart(isNotificationGraceful: true))
        #expect(settings.parameters(with: peer([graceful])).isNotificationGraceful)
        #expect(
            !settings.parameters(with: peer([.gracefulRestart(GracefulRestart())]))
                .isNotificationGraceful)
        settings.gracefulRestart = GracefulRestart(restartSeconds: 9)
        #expect(!settings.parameters(with: peer([graceful])).isNotificationGraceful)
    }

    /// RFC 9234 §4.2, Table 2, all of it.
    @Test(arguments: Role.allCases, Role.allCases)
    func onlyRolesThatFitMeet(_ ours: Role, _ theirs: Role) {
        let fitting: [Role: Role] = [
            .provider: .customer, .customer: .provider, .peer: .peer,
            .routeServer: .routeServerClient, .routeServerClient: .routeServer,
        ]
        var settings = settings
        settings.role = ours
        let refusal = settings.refusal(of: peer([.role(theirs.rawValue)]))
        if fitting[ours] == theirs {
            #expect(refusal == nil)
        } else {
            #expect(refusal?.notification == NotificationMessage(.openMessage, subcode: 11))
            #expect(refusal?.detail == "the peer's role is \(theirs), ours is \(ours)")
        }
    }

    @Test func aMissingRoleMattersOnlyToTheStrict() {
        var settings = settings
        settings.role = .customer
        #expect(settings.refusal(of: peer()) == nil)
        settings.isRoleStrict = true
        #expect(settings.refusal(of: peer())?.notification.subcode == 11)
        #expect(settings.refusal(of: peer([.role(0)])) == nil)
        #expect(settings.refusal(of: peer([.role(0), .role(0)])) == nil)
        #expect(settings.refusal(of: peer([.role(0), .role(4)]))?.notification.subcode == 11)
        #expect(settings.refusal(of: peer([.role(9)]))?.notification.subcode == 11)
    }

    @Test func aRoleIsNotLookedAtByWhoHasNone() {
        #expect(settings.refusal(of: peer([.role(4)])) == nil)
    }

    @Test func withoutACommonFamilyTheDataSaysWhatIsWanted() throws {
        var settings = settings
        settings.families = [.ipv6Unicast]
        let refusal = try #require(settings.refusal(of: peer(families: [.ipv4Unicast])))
        #expect(refusal.notification.subcode == 7)
        #expect(
            refusal.notification.line
                == "OPEN Message Error: Unsupported Capability (2/7): ipv6 unicast")
        #expect(refusal.detail == "no family in common, the peer offers ipv4 unicast")
        // No capability at all means IPv4 unicast (RFC 4760 §8).
        var old = peer()
        old.capabilities = []
        #expect(settings.refusal(of: old)?.notification.subcode == 7)
        settings.families = [.ipv4Unicast]
        #expect(settings.refusal(of: old) == nil)
    }

    @Test func bothNumbersOfAnASMustAgree() {
        var open = peer()
        open.autonomousSystem = 65003
        #expect(settings.refusal(of: open)?.notification.subcode == 2)
        open.autonomousSystem = OpenMessage.asTrans
        #expect(settings.refusal(of: open) == nil)
        open.capabilities.removeAll { $0 == .fourOctetAS(65002) }
        #expect(settings.refusal(of: open)?.notification.subcode == 2)
    }
}
