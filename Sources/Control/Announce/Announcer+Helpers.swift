// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Logging

/// Routes of helpers, which no evaluation decides.
extension Announcer {
    /// Changes of one publish that are logged a line each.
    private static let changesLogged = 10

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
        publish()
        for event in changes.prefix(Self.changesLogged) {
            logger.notice("\(event)")
            onEvent(event)
        }
        if changes.count > Self.changesLogged {
            logger.notice("and \(changes.count - Self.changesLogged) more routes of helpers")
        }
    }

    /// A neighbour that is gone takes what was said of it along.
    func keepHelperRoutes(of neighbors: Set<NeighborKey>) {
        helperRoutes.keep(neighbors: neighbors)
    }
}
