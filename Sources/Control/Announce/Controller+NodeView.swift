// SPDX-License-Identifier: Apache-2.0
//
// What rules see is kept from one evaluation to the next, and only the part that changed is made anew:
// checks say something every second and more, and a node has many.

import Addressing
import Announcing
import BGPSpeaker
import Balancing
import Declarations
import Health
import Scripting

extension Controller {
    /// What a rule may look at, after a change of `input`.
    func nodeView(after input: RouteInput, _ live: LiveGeneration, _ parts: ControlParts)
        -> NodeView
    {
        var view = parts.view ?? NodeView(name: options.nodeName)
        let isWhole = input == .everything || parts.view == nil
        // Not two owners while it changes.
        parts.view = nil
        if isWhole { view = NodeView(name: options.nodeName) }
        view.isDrained = leaving != nil || book.drains[.node] != nil
        for name in (isWhole ? .everything : input).checks(of: parts.checks.names) {
            view.checks[name] = Self.view(ofCheck: name, parts)
        }
        // Not only after a change of a server: scripts may change its order.
        if isWhole || !live.configuration.servers.isEmpty { view.pools = Self.pools(live) }
        let sessions = parts.handles.speaker.sessionsVersion
        if isWhole || sessions != parts.viewedSessions { Self.view(sessionsIn: &view, parts) }
        parts.viewedSessions = sessions
        parts.view = view
        return view
    }

    /// What a rule may look at, made anew.
    func nodeView(_ live: LiveGeneration, _ parts: ControlParts) -> NodeView {
        nodeView(after: .everything, live, parts)
    }

    private static func view(ofCheck name: String, _ parts: ControlParts) -> NodeView.Check? {
        guard let position = parts.checks.position(name) else { return nil }
        var check = view(of: position, parts)
        for (target, position) in parts.checks.targets(of: name) {
            check.targets[target.name] = view(of: position, parts)
        }
        return check
    }

    private static func view(of position: CheckPosition, _ parts: ControlParts) -> NodeView.Check {
        NodeView.Check(
            isUp: position.verdict == .up, state: position.state.rawValue, score: position.score,
            detail: position.detail,
            since: parts.clock.unixSeconds(at: position.since).rounded())
    }

    private static func pools(_ live: LiveGeneration) -> [String: [NodeView.Server]] {
        let servers = zip(live.configuration.servers, live.handles)
        var pools: [String: [NodeView.Server]] = [:]
        for pool in live.configuration.pools {
            pools[pool.name] = servers.filter { $0.0.pools.contains(pool.name) }.map {
                NodeView.Server(name: $0.name, order: $1.order, isUp: $1.isUp)
            }
        }
        return pools
    }

    private static func view(sessionsIn view: inout NodeView, _ parts: ControlParts) {
        view.neighbors = [:]
        view.others = [:]
        view.paths = [:]
        for neighbor in parts.handles.speaker.status().neighbors {
            view.neighbors["\(neighbor.key)"] = NodeView.Neighbor(
                isEstablished: neighbor.state == .established, state: neighbor.state.rawValue,
                since: neighbor.sinceUnixSeconds)
            view.add(neighbor.watches, of: "\(neighbor.key)")
        }
    }
}
