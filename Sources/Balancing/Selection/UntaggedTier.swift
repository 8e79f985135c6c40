// SPDX-License-Identifier: Apache-2.0

/// The servers that `orderedWrandUntag` chooses among: of the lowest order that has a live server
/// whose name and address, as `getNameWithAddr()` gives them, is no tag of the query (dnsdist 2.0). A
/// query that is tried again with the tag goes elsewhere.
struct UntaggedTier {
    private let order: Int
    /// `nil` when the query has no tags.
    private let state: UnsafeMutablePointer<QueryState>?

    init(
        _ view: PlaneView, _ list: PlaneView.Ordinals, _ state: UnsafeMutablePointer<QueryState>?
    ) {
        let tagged = state.flatMap { $0.pointee.tags.isEmpty ? nil : $0 }
        var lowest = Int.max
        for position in 0..<list.count {
            let ordinal = Int(list[position])
            let server = view.records[ordinal]
            guard server.isUp, server.order < lowest, Self.isUntagged(ordinal, tagged, view) else {
                continue
            }
            lowest = server.order
        }
        order = lowest
        self.state = tagged
    }

    /// Whether a live server may be chosen.
    func admits(_ server: ServerHandle, _ ordinal: Int, in view: PlaneView) -> Bool {
        server.order == order && Self.isUntagged(ordinal, state, view)
    }

    private static func isUntagged(
        _ ordinal: Int, _ state: UnsafeMutablePointer<QueryState>?, _ view: PlaneView
    ) -> Bool {
        guard let state else { return true }
        return state.pointee.tags.value(of: view.servers[ordinal].label) == nil
    }
}
