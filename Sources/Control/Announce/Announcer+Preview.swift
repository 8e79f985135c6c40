// SPDX-License-Identifier: Apache-2.0

import Announcing
import Declarations
import Scripting

extension Announcer {
    /// What ``apply(_:scripts:)`` and the decisions after it would change, found on a copy.
    func preview(
        _ configuration: DeclaredConfiguration, scripts: ControlScripts, view: NodeView
    ) -> RoutePreview {
        let now = clock.now
        var copy = engine
        let before = copy.statuses(now: now)
        copy.reconfigure(
            announcements: configuration.announcements, neighbors: configuration.neighbors,
            now: now)
        if configuration.announcements.contains(where: { $0.rule != nil }) {
            copy.setRules(scripts.evaluateRules(node: view).mapValues(RuleDecision.init))
        }
        let update = copy.evaluate(now: now)
        return RoutePreview(
            from: before, to: copy.statuses(now: now),
            removals: Dictionary(update.events.map { ($0.route, $0.cause) }) { first, _ in first })
    }
}
