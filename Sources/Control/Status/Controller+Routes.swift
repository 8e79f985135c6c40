// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Declarations
import Scripting

extension Controller {
    /// What a neighbour was sent, and why the rest was not (`pharos routes`).
    func routes(of name: String) async -> ControlReply {
        do throws(RequestRefusal) {
            let (speaker, neighbor) = try neighbor(named: name)
            let sent = await speaker.routes(to: neighbor.key)
            return ControlReply(
                exitStatus: 0, message: "",
                routes: RoutesReport(
                    neighbor: StatusReport.Neighbor(neighbor), routes: rows(neighbor.key, sent)))
        } catch {
            return error.reply
        }
    }

    private func rows(
        _ neighbor: NeighborKey, _ sent: [BGPSpeaker.RouteStatus]
    ) -> [RoutesReport.Route] {
        let declared = parts?.announcer.statuses().filter { $0.route.neighbor == neighbor } ?? []
        var causes = Dictionary(declared.map { ($0.route.prefix, $0) }) { first, _ in first }
        var rows = sent.map { fact in
            let cause = causes.removeValue(forKey: fact.prefix)
            // Control knows why it does not want a route, the speaker why it cannot send one.
            let reason = cause?.isAnnounced == false ? cause?.reason : fact.reason
            return (fact.prefix, Self.row(fact, reason: reason ?? ""))
        }
        rows += causes.values.map { cause in
            (
                cause.route.prefix,
                RoutesReport.Route(
                    prefix: "\(cause.route.prefix)", announced: false, sentAt: "",
                    attributes: [:], reason: cause.reason)
            )
        }
        return rows.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private static func row(
        _ fact: BGPSpeaker.RouteStatus, reason: String
    ) -> RoutesReport.Route {
        RoutesReport.Route(
            prefix: "\(fact.prefix)", announced: fact.isAnnounced,
            sentAt: fact.sentUnixSeconds.map { ControlClock.timestamp(unixSeconds: $0) } ?? "",
            attributes: fact.sent?.words ?? [:], reason: reason)
    }
}

extension AnnouncedAttributes {
    /// Each attribute that is set, by the name it has in `announce`.
    var words: [String: String] {
        var words: [String: String] = ["origin": "\(origin)"]
        words["nextHop"] = nextHop.map { "\($0)" }
        words["linkLocalNextHop"] = linkLocalNextHop.map { "\($0)" }
        if !asPathText.isEmpty { words["asPath"] = asPathText }
        if isAtomicAggregate { words["atomicAggregate"] = "true" }
        words["aggregator"] = aggregator
        words["med"] = med.map { "\($0)" }
        words["localPreference"] = localPreference.map { "\($0)" }
        if !communities.isEmpty {
            words["communities"] = communities.map { "\($0)" }.joined(separator: " ")
        }
        if !largeCommunities.isEmpty {
            words["largeCommunities"] =
                largeCommunities.map { "\($0)" }.joined(separator: " ")
        }
        if !extendedCommunities.isEmpty {
            words["extendedCommunities"] =
                extendedCommunities.map(ExtendedCommunityText.words).joined(separator: " ")
        }
        words["onlyToCustomer"] = onlyToCustomer.map { "\($0)" }
        if !otherAttributes.isEmpty {
            words["otherAttributes"] = otherAttributes.joined(separator: " ")
        }
        return words
    }
}
