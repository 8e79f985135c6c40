// SPDX-License-Identifier: Apache-2.0

import Declarations
import Scripting

extension RouteAttributes {
    /// Each attribute that is set, by the name it has in `announce`.
    var words: [String: String] {
        var words: [String: String] = [:]
        switch nextHop {
        case .self: words["nextHop"] = "self"
        case .address(let address): words["nextHop"] = "\(address)"
        }
        if origin != .igp { words["origin"] = "\(origin)" }
        words["med"] = med.map { "\($0)" }
        words["localPreference"] = localPreference.map { "\($0)" }
        if asPathPrepend > 0 { words["asPathPrepend"] = "\(asPathPrepend)" }
        words["asPath"] = asPath.map { path in path.map { "\($0)" }.joined(separator: " ") }
        if isAtomicAggregate { words["atomicAggregate"] = "true" }
        words["aggregator"] = aggregator.map { "\($0)" }
        if !communities.isEmpty {
            words["communities"] = communities.map { "\($0)" }.joined(separator: " ")
        }
        if !largeCommunities.isEmpty {
            words["largeCommunities"] =
                largeCommunities.map { "\($0)" }.joined(separator: " ")
        }
        if !extendedCommunities.isEmpty {
            words["extendedCommunities"] =
                extendedCommunities.map(ExtendedCommunityText.words).joined(separator: " ")
        }
        if !otherAttributes.isEmpty {
            words["otherAttributes"] =
                otherAttributes.map { "\($0)" }.joined(separator: " ")
        }
        return words
    }

    /// `med 100, communities 64500:53`; those that are set.
    var line: String {
        words.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// `med 100 → 200, communities none → 65535:0`; those that differ, empty when none does.
    func changes(to other: RouteAttributes) -> String {
        let (before, after) = (words, other.words)
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            guard before[name] != after[name] else { return nil }
            return "\(name) \(before[name] ?? "none") → \(after[name] ?? "none")"
        }.joined(separator: ", ")
    }
}
