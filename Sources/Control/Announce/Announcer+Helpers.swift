// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Logging

/// Routes of helpers, which no evaluation decides.
extension Announcer {
    /// Changes of one publish that are logged a line each; `pharos events` has them all.
    static let changesLogged = 10

    /// What every neighbour is to be told, whoever says so.
    var wanted: [NeighborKey: [IPPrefix: WantedAnnouncement]] {
        guard !helperRoutes.isEmpty else { return engine.wanted }
        var wanted = engine.wanted
        helperRoutes.overlay(on: &wanted, inputs: engine.inputs)
        return wanted
    }

    /// Hands what helpers changed to the speaker, then says what it was.
    func publishHelperRoutes() {
        let changes = helperRoutes.takeChanges()
        guard !changes.isEmpty else { return }
        publish(changes.map(\.route))
        for event in changes.prefix(Self.changesLogged) { report(event) }
        let others = changes.count - Self.changesLogged
        if others > 0 {
            later.say { [logger] in logger.notice("and \(others) more routes of helpers") }
        }
    }

    /// How one route is wanted now, whoever says so.
    func wanted(_ prefix: IPPrefix, toward neighbor: NeighborKey) -> WantedAnnouncement? {
        let key = RouteKey(prefix: prefix, neighbor: neighbor)
        if let said = helperRoutes.wanted(key, inputs: engine.inputs) { return said }
        return engine.wanted(prefix, toward: neighbor)
    }

    /// A neighbour that is gone takes what was said of it along.
    func keepHelperRoutes(of neighbors: Set<NeighborKey>) {
        helperRoutes.keep(neighbors: neighbors)
    }
}
