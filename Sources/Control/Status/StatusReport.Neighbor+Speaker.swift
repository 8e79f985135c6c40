// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations

extension StatusReport.Neighbor {
    init(_ neighbor: NeighborStatus) {
        self.init(
            address: "\(neighbor.key)", description: neighbor.description, as: neighbor.peerAS,
            localAS: neighbor.localAS, state: neighbor.state.rawValue,
            since: ControlClock.timestamp(unixSeconds: neighbor.sinceUnixSeconds),
            establishedCount: UInt64(neighbor.establishedCount),
            updatesSent: UInt64(neighbor.updatesSent),
            updatesReceived: UInt64(neighbor.updatesReceived),
            messagesSent: Self.byType(neighbor.sent),
            messagesReceived: Self.byType(neighbor.received),
            routesAnnounced: neighbor.routesAnnounced,
            prefixes: RouteFamily.allCases.map {
                Prefixes($0, neighbor.prefixes[$0] ?? PrefixCounts())
            },
            attributeFaults: neighbor.attributeFaultsReceived,
            holdTimeSeconds: neighbor.holdTimeSeconds ?? 0,
            keepaliveSeconds: neighbor.keepaliveSeconds ?? 0,
            keepaliveLatenessMillisecondsMax: neighbor.keepaliveLatenessMillisecondsMax,
            families: neighbor.families.map(\.rawValue), agreed: neighbor.agreedCapabilities,
            capabilities: neighbor.peerCapabilities,
            localAddress: neighbor.localAddress.map { "\($0)" } ?? "",
            routerID: "\(neighbor.localIdentifier)",
            peerRouterID: neighbor.peerIdentifier.map { "\($0)" } ?? "",
            lastError: neighbor.lastError ?? "", bfd: neighbor.bfdWords ?? "",
            hint: neighbor.hint ?? "")
    }

    private static func byType(_ counts: MessageCounts) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: counts.named.map { ($0.type, $0.count) })
    }
}

extension StatusReport.Neighbor.Prefixes {
    fileprivate init(_ family: RouteFamily, _ counts: PrefixCounts) {
        self.init(
            family: family.rawValue, received: counts.announced, withdrawn: counts.withdrawn,
            accepted: counts.held)
    }
}
