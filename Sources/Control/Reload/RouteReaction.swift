// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health

/// How soon a hang of what its checks ask is seen by a route, and the end of the hang.
public struct RouteReaction: Encodable, Sendable {
    /// One check that gates the route.
    public struct Gate: Encodable, Sendable {
        public var check: String
        public var downAtMostSeconds: Double
        public var upAtMostSeconds: Double
        /// `interval 1 + timeout 0.5 + 2 × fastInterval 0.2`.
        fileprivate var downTerms: String
        fileprivate var upTerms: String
        /// `of 2 of its 3 targets`, empty for a check without targets.
        fileprivate var hanging: String

        private enum CodingKeys: String, CodingKey {
            case check, downAtMostSeconds, upAtMostSeconds
        }
    }

    /// Those that react alike.
    public var prefixes: [String]
    public var gates: [Gate]
    private let kind: Kind
    private let delayWords: String

    private enum CodingKeys: String, CodingKey {
        case prefixes, gates
    }

    private enum Kind: Hashable {
        case withdrawn, changed, ruleAlone, always
    }

    /// One for each group of routes with the same gates, in order of declaration.
    static func all(_ configuration: DeclaredConfiguration) -> [RouteReaction] {
        let checks = Dictionary(configuration.checks.map { ($0.name, $0) }) { one, _ in one }
        var groups: [(key: Key, prefixes: [String])] = []
        for announcement in configuration.announcements {
            let key = Key(announcement)
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].prefixes.append("\(announcement.prefix)")
            } else {
                groups.append((key, ["\(announcement.prefix)"]))
            }
        }
        return groups.map { key, prefixes in
            let names = key.kind == .ruleAlone ? configuration.checks.map(\.name) : key.checks
            return RouteReaction(
                prefixes: prefixes, gates: names.compactMap { checks[$0].map(gate) },
                kind: key.kind, delayWords: words(key.delay))
        }
    }

    private struct Key: Hashable {
        var kind: Kind
        var checks: [String] = []
        var delay: ReannounceDelay

        init(_ announcement: AnnouncementDeclaration) {
            delay = announcement.reannounceDelay
            switch announcement.condition {
            case .always: kind = .always
            case .ruleAlone: kind = .ruleAlone
            case .checks(let names):
                checks = names
                kind = announcement.whenDown == .withdraw ? .withdrawn : .changed
            }
        }
    }

    private static func gate(_ check: CheckDeclaration) -> Gate {
        let reaction = CheckReaction(check)
        let count = check.targets.count
        // So many must hang before too few are left.
        let hanging = count - check.targetsUp.needed(of: count) + 1
        return Gate(
            check: check.name, downAtMostSeconds: reaction.downAtMost / .seconds(1),
            upAtMostSeconds: reaction.upAtMost / .seconds(1),
            downTerms: terms(reaction, streak: reaction.fall),
            upTerms: terms(reaction, streak: reaction.rise),
            hanging: count == 0 ? "" : "\(hanging) of the \(count) targets of ")
    }

    private static func terms(_ reaction: CheckReaction, streak: Int) -> String {
        let step = reaction.stepIsTimeout ? "timeout" : "fastInterval"
        let first =
            "interval \(seconds(reaction.interval)) + timeout \(seconds(reaction.timeout))"
        guard streak > 1 else { return first }
        return "\(first) + \(streak - 1) × \(step) \(seconds(reaction.step))"
    }

    private static func words(_ delay: ReannounceDelay) -> String {
        guard delay.firstSeconds > 0 || delay.stepSeconds > 0, delay.maxSeconds > 0 else {
            return ""
        }
        let first = delay.firstSeconds > 0 ? "\(number(delay.firstSeconds)) s" : "nothing"
        return " and reannounceDelay (\(first), with each further flap"
            + " \(number(delay.stepSeconds)) s more up to \(number(delay.maxSeconds)) s)"
    }

    static func number(_ seconds: Double) -> String {
        let rounded = (seconds * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    static func seconds(_ duration: Duration) -> String { number(duration / .seconds(1)) }
}

// MARK: - For a person

extension RouteReaction {
    var lines: [String] {
        let what = "\(title): "
        switch kind {
        case .always: return ["\(what)no check withdraws it"]
        case .ruleAlone:
            guard !gates.isEmpty else { return ["\(what)its rule alone decides"] }
            return gates.map {
                "\(what)its rule decides; it sees a hang of \($0.hanging)\"\($0.check)\" after at"
                    + " most \(Self.number($0.downAtMostSeconds)) s (\($0.downTerms))"
            }
        case .withdrawn, .changed:
            let (down, up) =
                kind == .withdrawn
                ? ("is withdrawn", "announced again")
                : ("changes it to whenDown", "changed back")
            let each = gates.map {
                "\(what)a hang of \($0.hanging)\"\($0.check)\" \(down) after at most"
                    + " \(Self.number($0.downAtMostSeconds)) s (\($0.downTerms)); it is \(up) after"
                    + " at most \(Self.number($0.upAtMostSeconds)) s (\($0.upTerms))"
                    + (kind == .withdrawn ? delayWords : "")
            }
            return each + together(what, down)
        }
    }

    /// All of several gates must be up: the first that is down decides, and the last that is up.
    private func together(_ what: String, _ down: String) -> [String] {
        let downs = gates.map(\.downAtMostSeconds)
        guard downs.count > 1, let least = downs.min(), let most = downs.max(),
            let last = gates.map(\.upAtMostSeconds).max()
        else { return [] }
        let range =
            least == most
            ? "\(Self.number(most)) s" : "\(Self.number(least)) to \(Self.number(most)) s"
        return [
            "\(what)any of the \(gates.count) will do: at most \(range), by which of them hangs;"
                + " when all of them do, at most \(Self.number(least)) s; all must be up again: at"
                + " most \(Self.number(last)) s"
        ]
    }

    /// `192.0.2.1/32 and 11 more`.
    private var title: String {
        let first = prefixes.first ?? ""
        return prefixes.count > 1 ? "\(first) and \(prefixes.count - 1) more" : first
    }
}
