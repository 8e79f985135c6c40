// SPDX-License-Identifier: Apache-2.0

import Declarations

/// What a reload changes, a line each: `+` new, `-` gone, `~` changed.
struct ConfigurationDifference {
    let lines: [String]

    init(from old: DeclaredConfiguration, to new: DeclaredConfiguration) {
        lines =
            Self.compare(
                "listener", old.effectiveListeners, new.effectiveListeners,
                key: { "\($0.endpoint)" })
            + Self.compare("server", old.servers, new.servers, key: \.identity) {
                var copy = $0
                copy.location = SourceLocation(file: "", line: 0)
                return copy
            }
            + Self.compare("check", old.checks, new.checks, key: \.name)
            + Self.compare("neighbor", old.neighbors, new.neighbors, key: { "\($0.key)" }) {
                var copy = $0
                copy.location = SourceLocation(file: "", line: 0)
                return copy
            }
            + Self.compare("route", old.announcements, new.announcements, key: { "\($0.prefix)" }) {
                var copy = $0
                copy.location = SourceLocation(file: "", line: 0)
                return copy
            }
            + Self.sessions(from: old, to: new)
    }

    /// Sessions that the change resets (DESIGN §4): said before it is done.
    private static func sessions(
        from old: DeclaredConfiguration, to new: DeclaredConfiguration
    ) -> [String] {
        new.neighbors.compactMap { neighbor in
            guard let before = old.neighbors.first(where: { $0.key == neighbor.key }),
                before.peerAS != neighbor.peerAS || before.localAS != neighbor.localAS
                    || before.localAddress != neighbor.localAddress
                    || before.families != neighbor.families
                    || before.routerID != neighbor.routerID
            else { return nil }
            return "! neighbor \(neighbor.key): the session will be reset"
        }
    }

    /// `essence` leaves out what does not count as a change, such as a line that moved.
    private static func compare<Element: Equatable>(
        _ kind: String, _ old: [Element], _ new: [Element], key: (Element) -> String,
        essence: (Element) -> Element = { $0 }
    ) -> [String] {
        let before = Dictionary(old.map { (key($0), essence($0)) }) { first, _ in first }
        let after = Dictionary(new.map { (key($0), essence($0)) }) { first, _ in first }
        let removed = before.keys.filter { after[$0] == nil }.sorted().map { "- \(kind) \($0)" }
        let kept = after.keys.sorted().compactMap { name -> String? in
            guard let past = before[name] else { return "+ \(kind) \(name)" }
            return past == after[name] ? nil : "~ \(kind) \(name)"
        }
        return removed + kept
    }
}
