// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations

/// What a reload would tell the neighbours, found by deciding every route before it is done.
struct RoutePreview {
    /// Prefixes that some neighbour is told, and those of them that none would be told any more,
    /// each with why.
    let announced: Int
    let withdrawn: [(prefix: String, cause: String)]
    /// `> 192.0.2.1: withdraw 192.0.2.53/32: no longer declared`, a line each.
    let lines: [String]

    /// Below that a single prefix is a large share.
    static let prefixesMin = 4

    init(
        from before: [Announcing.RouteStatus], to after: [Announcing.RouteStatus],
        removals: [RouteKey: String]
    ) {
        let next = Dictionary(after.map { ($0.route, $0) }) { first, _ in first }
        let previous = Dictionary(before.map { ($0.route, $0) }) { first, _ in first }
        func cause(_ key: RouteKey) -> String {
            next[key]?.reason ?? removals[key] ?? "no longer declared"
        }
        let kept = Set(after.filter(\.isAnnounced).map(\.route.prefix))
        var causes: [(prefix: String, cause: String)] = []
        var seen: Set<IPPrefix> = []
        for route in before where route.isAnnounced && seen.insert(route.route.prefix).inserted {
            guard !kept.contains(route.route.prefix) else { continue }
            causes.append(("\(route.route.prefix)", cause(route.route)))
        }
        announced = seen.count
        withdrawn = causes
        let withdraws = before.filter { $0.isAnnounced && next[$0.route]?.isAnnounced != true }
            .map { "> \($0.route.neighbor): withdraw \($0.route.prefix): \(cause($0.route))" }
        let announces = after.compactMap { route -> String? in
            guard let attributes = route.attributes else { return nil }
            let head = "> \(route.route.neighbor): announce \(route.route.prefix)"
            guard let past = previous[route.route]?.attributes else {
                return "\(head): \(attributes.line)"
            }
            return past == attributes ? nil : "\(head): \(past.changes(to: attributes))"
        }
        lines = withdraws + announces
    }

    /// Why so many withdraws need a person's word; `nil` when they are within `share` (0…1).
    func refusal(share: Double) -> String? {
        guard announced >= Self.prefixesMin,
            Double(withdrawn.count) > share * Double(announced)
        else { return nil }
        let list = withdrawn.map { "- \($0.prefix): \($0.cause)" }.joined(separator: "\n")
        return "the reload would withdraw \(withdrawn.count) of \(announced) announced prefixes,"
            + " more than setMaxReloadWithdraws(\(share)) allows; refused:"
            + " `pharos reload --force` if it is meant\n\(list)"
    }
}
