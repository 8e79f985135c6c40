// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Scripting

extension Controller {
    /// Decides every route as a built generation would, with health and addresses as they are now.
    ///
    /// Checks that are new have no verdict, so that what they gate stays as it is; servers that are
    /// new count as up, because a reload waits for their first verdict.
    func preview(_ built: BuiltGeneration) -> RoutePreview? {
        guard let parts, let live = generation else { return nil }
        var view = nodeView(live, parts)
        for check in built.configuration.checks where view.checks[check.name] == nil {
            view.checks[check.name] = NodeView.Check(
                isUp: false, state: "unknown", score: 0, detail: "",
                since: ControlClock.unixSeconds.rounded())
        }
        let known = Dictionary(
            zip(live.configuration.servers, live.handles).map { ($0.0.identity, $0.1) }
        ) { first, _ in first }
        for pool in built.configuration.pools {
            view.pools[pool.name] = built.configuration.servers
                .filter { $0.pools.contains(pool.name) }
                .map {
                    NodeView.Server(
                        name: $0.name, order: $0.order, isUp: known[$0.identity]?.isUp ?? true)
                }
        }
        return parts.announcer.preview(
            built.configuration, scripts: built.generation.control, view: view)
    }
}
