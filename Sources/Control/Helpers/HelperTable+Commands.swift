// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Declarations
import ExaBGP

extension HelperTable: HelperRunner.Delegate {
    func helperStarted(_ runner: HelperRunner) {
        // One that was not there when sessions came up would never hear of them.
        let watched = runner.declaration.watches
        guard !watched.isEmpty, runner.figures.starts > 1 else { return }
        for status in speaker.status().neighbors
        where status.state == .established && watched.contains(status.key) {
            guard let neighbor = neighbors.first(where: { $0.key == status.key }) else { continue }
            runner.tell(.up, of: neighbor, reason: "")
        }
    }

    func helperEnded(_ runner: HelperRunner) {
        guard runners.contains(where: { $0.name == runner.name }) else { return }
        markStale(runner)
        watchdogCause = watchdogCause ?? "the end of helper \(runner.name)"
        settle(hasMore: false)
    }

    func settle(hasMore: Bool) {
        publishIfDue(hasMore: hasMore)
    }

    func perform(
        _ request: HelperRequest, of runner: HelperRunner
    ) -> Result<[String], HelperRunner.HelperRefusal> {
        switch request.command {
        case .announceWatchdog(let name):
            set(name ?? runner.name, isUp: true, by: runner.name)
        case .withdrawWatchdog(let name):
            set(name ?? runner.name, isUp: false, by: runner.name)
        case .announce, .withdraw, .clear, .tearDown:
            let targets = targets(of: request, runner)
            guard !targets.isEmpty else {
                return .failure(.init(words: "no neighbor matches the command"))
            }
            if let words = change(request.command, targets, runner) {
                return .failure(.init(words: words))
            }
        case .nothing, .answers, .showNothing: break
        case .reload: onReload()
        case .help: return .success(HelperDialogue.helpLines)
        case .version: return .success(runner.dialogue.versionLines)
        case .showNeighbors(let isJSON, _):
            return .success(neighborLines(targets(of: request, runner), isJSON: isJSON))
        case .showRoutes:
            return .success(routeLines(targets(of: request, runner)))
        }
        return .success([])
    }

    /// Returns why it was not done.
    private func change(
        _ command: HelperCommand, _ targets: [NeighborDeclaration], _ runner: HelperRunner
    ) -> String? {
        switch command {
        case .announce(let routes): return announce(routes, targets, runner)
        case .withdraw(let routes): return withdraw(routes, targets, runner)
        case .clear:
            announcer.helperRoutes.removeAll(
                of: runner.name, toward: targets.map(\.key), cause: "helper \(runner.name)")
            return nil
        case .tearDown:
            for target in targets {
                speaker.reset(target.key, text: "helper \(runner.name)")
            }
            return nil
        default: return nil
        }
    }

    private func announce(
        _ routes: [ExaBGPRoute], _ targets: [NeighborDeclaration], _ runner: HelperRunner
    ) -> String? {
        for route in routes {
            if let words = allowed.refusal(of: route.prefix) { return "\(route.prefix) \(words)" }
            if let words = conflict(route.prefix, targets) { return words }
        }
        for route in routes where !route.isWithdrawn {
            let wanted = route.attributes.wanted(nextHop: route.nextHop)
            for target in targets {
                announcer.helperRoutes.announce(
                    route.prefix, wanted, to: target.key, by: runner.name, now: clock.now)
            }
        }
        return nil
    }

    private func withdraw(
        _ routes: [ExaBGPRoute], _ targets: [NeighborDeclaration], _ runner: HelperRunner
    ) -> String? {
        for route in routes {
            if let words = conflict(route.prefix, targets) { return words }
            for target in targets {
                let key = RouteKey(prefix: route.prefix, neighbor: target.key)
                announcer.helperRoutes.withdraw(
                    route.prefix, from: target.key, by: runner.name,
                    isDeclared: unguarded.contains(key), now: clock.now)
            }
        }
        return nil
    }

    /// A check's word stands above a helper's.
    private func conflict(_ prefix: IPPrefix, _ targets: [NeighborDeclaration]) -> String? {
        guard !guarded.isEmpty else { return nil }
        for target in targets {
            if let other = guarded[RouteKey(prefix: prefix, neighbor: target.key)] {
                return "\(prefix) is announced at \(other.location), by what its checks say"
            }
        }
        return nil
    }
}
