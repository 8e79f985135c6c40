// SPDX-License-Identifier: Apache-2.0

import BGPWire

/// The answers to ROUTE-REFRESH that are under way, with what RFC 7313 puts around them for a peer
/// that knows it: beginning and end, so that the peer can drop what it was not told again.
struct RefreshReplies: Sendable {
    /// ROUTE-REFRESH's subtypes (RFC 7313 §3.2).
    private static let begin: UInt8 = 1
    private static let end: UInt8 = 2

    private struct Reply: Sendable {
        var hasBegun = false
        /// Routes that are still to be said again or withdrawn.
        var routesLeft: Int
    }

    let isEnhanced: Bool
    private var replies: [AddressFamily: Reply] = [:]
    private var postponed: Set<AddressFamily> = []

    init(isEnhanced: Bool = false) {
        self.isEnhanced = isEnhanced
    }

    /// Whether a beginning or an end is to be said.
    var isDue: Bool {
        replies.values.contains { !$0.hasBegun || $0.routesLeft == 0 }
    }

    /// `routes` of the family are to be said again; a reply that was under way starts anew.
    mutating func begin(_ family: AddressFamily, routes: Int) {
        guard isEnhanced else { return }
        replies[family, default: Reply(routesLeft: 0)].routesLeft = routes
    }

    mutating func renewed(_ family: AddressFamily) {
        replies[family]?.routesLeft -= 1
    }

    mutating func takeBegins() -> [[UInt8]] {
        take { !$0.hasBegun }.map { family in
            replies[family]?.hasBegun = true
            return RouteRefreshMessage(family: family, subtype: Self.begin).encoded
        }
    }

    mutating func takeEnds() -> [[UInt8]] {
        take { $0.hasBegun && $0.routesLeft == 0 }.map { family in
            replies[family] = nil
            return RouteRefreshMessage(family: family, subtype: Self.end).encoded
        }
    }

    /// Keeps the request until the family's first End-of-RIB was said.
    mutating func postpone(_ family: AddressFamily) {
        postponed.insert(family)
    }

    mutating func takePostponed() -> [AddressFamily] {
        defer { postponed = [] }
        return Self.sorted(postponed)
    }

    private func take(_ isWanted: (Reply) -> Bool) -> [AddressFamily] {
        Self.sorted(replies.filter { isWanted($0.value) }.keys)
    }

    private static func sorted(_ families: some Sequence<AddressFamily>) -> [AddressFamily] {
        families.sorted { ($0.afi, $0.safi) < ($1.afi, $1.safi) }
    }
}
