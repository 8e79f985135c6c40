// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Probing
import Proxy

// MARK: - Until nobody asks any more

extension Controller {
    private static let lookPause = Duration.milliseconds(100)

    /// Waits for the withdraw, then until the listeners of the target got no query for a while, in
    /// bounds. Returns what it came to, in words.
    func awaitQuiet(
        _ target: DrainTarget, _ words: OperatorRequest, _ parts: ControlParts
    ) async -> String {
        while book.gracefulEnds[target] != nil, !isStopping { await Self.pause() }
        guard book.drains[target] != nil else { return "taken back meanwhile" }
        let quiet = Duration.seconds(max(0, words.quietSeconds ?? QuietWatch.quietSecondsDefault))
        let limit = Duration.seconds(
            max(0, words.waitSecondsMax ?? QuietWatch.secondsMaxDefault))
        let start = ControlClock.monotonic
        guard let listeners = listeners(of: target), !listeners.isEmpty else {
            try? await Task.sleep(for: min(quiet, limit))
            return "withdrawn \(Self.seconds(min(quiet, limit))) ago; whether anybody still asks "
                + "is not known: pharos has no listener of its own for that address"
        }
        let handles = parts.handles
        var watch = QuietWatch(
            count: handles.queries(at: listeners), quiet: quiet, now: start)
        let before = handles.queries(at: listeners)
        while !isStopping {
            await Self.pause()
            let now = ControlClock.monotonic
            let count = handles.queries(at: listeners)
            if watch.look(count, now: now) {
                return "withdrawn, and no query for \(Self.seconds(quiet))"
            }
            if now - start >= limit {
                return "withdrawn, but clients still ask: \(count - before) queries in "
                    + Self.seconds(limit)
            }
        }
        return "pharos is stopping"
    }

    private static func pause() async {
        // Cancellation only means that the next look is sooner.
        try? await Task.sleep(for: lookPause)
    }

    /// Our own listeners whose queries are those of the target; `nil` when it cannot be told: a
    /// wildcard listener counts all addresses together.
    private func listeners(of target: DrainTarget) -> Set<String>? {
        guard let configuration = generation?.configuration else { return nil }
        let all = configuration.effectiveListeners.map(\.endpoint)
        if target == .node { return Set(all.map { "\($0)" }) }
        let prefixes = configuration.announcements.filter {
            target.concerns($0.prefix, in: configuration)
        }.map(\.prefix)
        let meant = all.filter { endpoint in
            prefixes.contains { $0.contains(endpoint.address) }
        }
        return Set(meant.map { "\($0)" })
    }
}

extension DrainTarget {
    /// Whether a route of this prefix is meant.
    func concerns(_ prefix: IPPrefix, in configuration: DeclaredConfiguration?) -> Bool {
        switch self {
        case .node: return true
        case .prefix(let own): return own == prefix
        case .check(let name):
            return configuration?.announcements.contains { announcement in
                guard announcement.prefix == prefix,
                    case .checks(let names) = announcement.condition
                else { return false }
                return names.contains(name)
            } ?? false
        }
    }
}

extension PlaneHandles {
    /// Queries that these listeners got since the start, over both transports, from others than our
    /// own checks: those go on asking while we wait for quiet.
    func queries(at listeners: Set<String>) -> UInt64 {
        let got = frontends.reduce(UInt64(0)) {
            listeners.contains($1.address) ? $0 &+ $1.counters[.queries] : $0
        }
        let own = tally.sent { server in
            listeners.contains("\(server)")
                || wildcards(of: server).contains(where: listeners.contains)
        }
        return got &- own
    }

    /// Queries that all listeners got.
    var queries: UInt64 { queries(at: Set(frontends.map(\.address))) }

    /// The listener that would get what is sent to an address of this host.
    private func wildcards(of server: Endpoint) -> [String] {
        guard LocalAddresses.current()?.contains(server.address) == true else { return [] }
        let any = server.address.family == .v4 ? IPAddress.anyV4 : IPAddress.anyV6
        return ["\(Endpoint(address: any, port: server.port))"]
    }
}
