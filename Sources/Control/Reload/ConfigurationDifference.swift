// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker
import Declarations

/// What a reload changes, a line each: `+` new, `-` gone, `~` changed.
struct ConfigurationDifference {
    let lines: [String]

    init(from old: DeclaredConfiguration, to new: DeclaredConfiguration) {
        let tables: [[String]] = [
            Self.compare(
                "listener", old.effectiveListeners, new.effectiveListeners,
                key: { "\($0.endpoint)" }),
            Self.compare("server", old.servers, new.servers, key: \.identity, \.withoutPlaces),
            Self.compare("pool", old.pools, new.pools, key: \.name, \.withoutPlaces),
            Self.compare("check", old.checks, new.checks, key: \.name, \.withoutPlaces),
            Self.compare(
                "neighbor", old.neighbors, new.neighbors, key: { "\($0.key)" }, \.withoutPlaces),
            Self.compare(
                "route", old.announcements, new.announcements, key: { "\($0.prefix)" },
                \.withoutPlaces, words: { $0.attributes.changes(to: $1.attributes) }),
            Self.compare("helper", old.helpers, new.helpers, key: \.name, \.withoutPlaces),
            Self.compare(
                "BGP listener", old.bgpListeners, new.bgpListeners, key: { "\($0)" }),
        ]
        lines =
            tables.flatMap { $0 } + Self.settings(from: old, to: new)
            + Self.sessions(from: old, to: new)
    }

    /// What there is one of.
    private static func settings(
        from old: DeclaredConfiguration, to new: DeclaredConfiguration
    ) -> [String] {
        let pairs: [(String, Bool)] = [
            ("acl", old.acl != new.acl),
            ("policy", old.policy.withoutPlaces != new.policy.withoutPlaces),
            ("rules", old.rules.map(\.withoutPlaces) != new.rules.map(\.withoutPlaces)),
            (
                "webserver",
                old.webserver != new.webserver || old.webserverAccess != new.webserverAccess
            ),
            ("TCP clients", old.streams != new.streams),
            ("routerID", old.routerID != new.routerID),
            (
                "withdraws of a reload",
                old.reloadWithdrawShareMax != new.reloadWithdrawShareMax
            ),
            ("client subnet", old.clientSubnet != new.clientSubnet),
            ("UDP retries", old.retriesOverUDP != new.retriesOverUDP),
            ("UDP segmentation", old.segmentsUDP != new.segmentsUDP),
            ("UDP timeout", old.udpTimeoutMilliseconds != new.udpTimeoutMilliseconds),
            (
                "answers without a server",
                old.answersServFailWhenNoServer != new.answersServFailWhenNoServer
                    || old.roundRobinFailsOnNoServer != new.roundRobinFailsOnNoServer
            ),
            ("hash perturbation", old.hashPerturbation != new.hashPerturbation),
        ]
        return pairs.filter(\.1).map { "~ \($0.0)" }
    }

    /// Sessions that the change resets (DESIGN §4): said before it is done.
    private static func sessions(
        from old: DeclaredConfiguration, to new: DeclaredConfiguration
    ) -> [String] {
        new.neighbors.compactMap { neighbor in
            guard let before = old.neighbors.first(where: { $0.key == neighbor.key }),
                !before.hasSameSession(as: neighbor)
            else { return nil }
            return "! neighbor \(neighbor.key): the session will be reset"
        }
    }

    /// `essence` leaves out what does not count as a change, such as a line that moved; `words` may
    /// say what has changed.
    private static func compare<Element: Equatable>(
        _ kind: String, _ old: [Element], _ new: [Element], key: (Element) -> String,
        _ essence: (Element) -> Element = { $0 },
        words: (Element, Element) -> String = { _, _ in "" }
    ) -> [String] {
        let before = Dictionary(old.map { (key($0), essence($0)) }) { first, _ in first }
        let after = Dictionary(new.map { (key($0), essence($0)) }) { first, _ in first }
        let removed = before.keys.filter { after[$0] == nil }.sorted().map { "- \(kind) \($0)" }
        let kept = after.keys.sorted().compactMap { name -> String? in
            guard let next = after[name] else { return nil }
            guard let past = before[name] else { return "+ \(kind) \(name)" }
            guard past != next else { return nil }
            let what = words(past, next)
            return "~ \(kind) \(name)\(what.isEmpty ? "" : ": \(what)")"
        }
        return removed + kept
    }
}
