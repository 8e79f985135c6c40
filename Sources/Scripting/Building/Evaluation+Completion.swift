// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// What can only be judged when the whole file was read; every problem found is reported.
extension Evaluation {
    func completionFaults() -> [ScriptFault] {
        unknownChecks() + repeatedRoutes() + refusedPrefixes()
    }

    /// `watchPrefixes = true` is what is announced, whoever it is announced to.
    func resolveWatches() {
        let own = Set(
            configuration.announcements.lazy.map(\.prefix).prefix(
                NeighborDeclaration.watchedPrefixesMax))
        for ordinal in neighborsWatchingOwn { configuration.neighbors[ordinal].watchPrefixes = own }
    }

    private func unknownChecks() -> [ScriptFault] {
        let names = configuration.checks.map(\.name)
        func fault(_ call: String, _ check: String, _ location: SourceLocation) -> ScriptFault? {
            guard !names.contains(check) else { return nil }
            return ScriptFault(
                message: "\(call): there is no check '\(check)'"
                    + NearestName.suggestion(for: check, among: names),
                location: location)
        }
        return pendingConditions.compactMap { fault("announce: when", $0.check, $0.location) }
            + pendingServerChecks.compactMap { fault("newServer: check", $0.check, $0.location) }
    }

    /// The same prefix twice to one neighbour: the second would silently replace the first.
    private func repeatedRoutes() -> [ScriptFault] {
        struct Route: Hashable {
            let prefix: IPPrefix
            let neighbor: NeighborKey
        }
        var first: [Route: SourceLocation] = [:]
        var faults: [ScriptFault] = []
        let all = configuration.neighbors.map(\.key)
        for announcement in configuration.announcements {
            for neighbor in announcement.neighbors ?? all {
                let route = Route(prefix: announcement.prefix, neighbor: neighbor)
                if let other = first[route] {
                    faults.append(
                        ScriptFault(
                            message: "announce: \(announcement.prefix) is announced to"
                                + " \(neighbor) already, at \(other)",
                            location: announcement.location))
                    break
                }
                first[route] = announcement.location
            }
        }
        return faults
    }

    private func refusedPrefixes() -> [ScriptFault] {
        configuration.announcements.compactMap { announcement in
            configuration.allowedPrefixes.refusal(of: announcement.prefix).map {
                ScriptFault(
                    message: "announce: \(announcement.prefix) \($0)",
                    location: announcement.location)
            }
        }
    }

    /// Warnings about what is legal and probably not meant.
    func noteSuspicions() {
        noteUnboundNeighbors()
        noteDoubtfulAttributes()
    }

    private func noteUnboundNeighbors() {
        for announcement in configuration.announcements {
            let neighbors = configuration.neighbors.filter {
                announcement.neighbors?.contains($0.key) ?? true
            }
            let family = RouteFamily(of: announcement.prefix.address)
            if !neighbors.contains(where: { $0.families.contains(family) }) {
                warn(
                    "announce: no neighbor takes \(announcement.prefix)"
                        + " (families has no \"\(family.rawValue)\")",
                    at: announcement.location)
            }
        }
        if configuration.routerID == nil, !configuration.neighbors.isEmpty,
            configuration.neighbors.contains(where: { $0.routerID == nil })
        {
            warn(
                "newNeighbor: no router ID is set (setRouterID); the highest IPv4 address of this"
                    + " host is taken",
                at: configuration.neighbors[0].location)
        }
    }
}
