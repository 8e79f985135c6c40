// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

extension PharosTranslation {
    /// Prefixes of one statement.
    private static let prefixesMax = 500

    /// What routes of one statement have in common.
    private struct Kind: Hashable {
        var attributes: RouteAttributes
        var watchdog: String?
        var isWithdrawn: Bool
        var location: SourceLocation
    }

    /// Announces what a neighbour is told from the start.
    mutating func translateRoutes(of neighbor: ExaBGPNeighbor, _ key: NeighborKey) {
        var last: [IPPrefix: Int] = [:]
        for (index, route) in neighbor.routes.enumerated() {
            if let before = last.updateValue(index, forKey: route.prefix) {
                let place = neighbor.routes[before].location
                note(
                    place,
                    "route \(route.prefix) is at \(route.location) once more, and that one counts"
                        + " (a neighbor has one path to a prefix)")
            }
        }
        var kinds: [Kind] = []
        var prefixes: [Kind: [IPPrefix]] = [:]
        for (index, route) in neighbor.routes.enumerated() where last[route.prefix] == index {
            guard let kind = kind(of: route, neighbor, key) else { continue }
            if prefixes[kind] == nil { kinds.append(kind) }
            prefixes[kind, default: []].append(route.prefix)
        }
        for kind in kinds {
            var rest = prefixes[kind, default: []][...]
            while !rest.isEmpty {
                let fields = fields(of: kind, rest.prefix(Self.prefixesMax), key)
                add("announce", fields, at: kind.location)
                rest = rest.dropFirst(Self.prefixesMax)
            }
        }
    }

    /// `nil` for a route that is never sent.
    private mutating func kind(
        of route: ExaBGPRoute, _ neighbor: ExaBGPNeighbor, _ key: NeighborKey
    ) -> Kind? {
        guard neighbor.families.contains(route.family) else { return nil }
        guard route.prefix.length > 0 else {
            fault(
                route.location,
                "route \(route.prefix) is the default route, which Pharos does not announce; take"
                    + " it out")
            return nil
        }
        guard !route.isWithdrawn || route.watchdog != nil else {
            note(
                route.location,
                "route \(route.prefix) is withdrawn without a watchdog, so it is never announced;"
                    + " it is left out")
            return nil
        }
        let unsent = route.attributes.unsent
        if !unsent.isEmpty {
            note(
                route.location,
                "route \(route.prefix): \(unsent.joined(separator: ", ")) is not sent")
        }
        if route.pathIdentifier != nil {
            note(
                route.location,
                "route \(route.prefix): path-information is not sent (a neighbor has one path to a"
                    + " prefix)")
        }
        return Kind(
            attributes: route.attributes.wanted(nextHop: route.nextHop),
            watchdog: route.watchdog, isWithdrawn: route.isWithdrawn, location: route.location)
    }

    private func fields(
        of kind: Kind, _ prefixes: ArraySlice<IPPrefix>, _ key: NeighborKey
    ) -> [(key: String, value: String)] {
        let texts = prefixes.map { "\($0)" }
        var fields: [(key: String, value: String)] =
            texts.count == 1
            ? [("prefix", LuaText.quoted(texts[0]))] : [("prefixes", LuaText.list(texts))]
        if let watchdog = kind.watchdog {
            fields.append(("watchdog", LuaText.quoted(watchdog)))
            if kind.isWithdrawn { fields.append(("startsWithdrawn", "true")) }
        } else {
            fields.append(("when", LuaText.quoted("always")))
        }
        fields += Self.fields(of: kind.attributes)
        fields.append(("neighbors", LuaText.list(["\(key)"])))
        // ExaBGP announces what it is told, wherever the address is.
        fields.append(("requireAddress", "false"))
        return fields
    }

    /// Path attributes as keys of `announce`; what is as it would be anyway is left out.
    static func fields(of attributes: RouteAttributes) -> [(key: String, value: String)] {
        var fields: [(key: String, value: String)] = []
        if case .address(let address) = attributes.nextHop {
            fields.append(("nextHop", LuaText.quoted("\(address)")))
        }
        if let med = attributes.med { fields.append(("med", "\(med)")) }
        if let preference = attributes.localPreference {
            fields.append(("localPreference", "\(preference)"))
        }
        switch attributes.origin {
        case .igp: break
        case .egp: fields.append(("origin", LuaText.quoted("egp")))
        case .incomplete: fields.append(("origin", LuaText.quoted("incomplete")))
        }
        if let path = attributes.asPath {
            let items = path.map { item in
                switch item {
                case .number(let number): "\(number)"
                case .set(let numbers):
                    "{\(numbers.map { "\($0)" }.joined(separator: ", "))}"
                }
            }
            fields.append(("asPath", "{\(items.joined(separator: ", "))}"))
        }
        if attributes.isAtomicAggregate { fields.append(("atomicAggregate", "true")) }
        if let aggregator = attributes.aggregator {
            fields.append(("aggregator", LuaText.quoted("\(aggregator)")))
        }
        func add(_ key: String, _ values: [String]) {
            if !values.isEmpty { fields.append((key, LuaText.list(values))) }
        }
        add("communities", attributes.communities.map { "\($0)" })
        add("largeCommunities", attributes.largeCommunities.map { "\($0)" })
        add(
            "extendedCommunities",
            attributes.extendedCommunities.map { "0x" + LuaText.hexadecimal($0, digits: 16) })
        add("otherAttributes", attributes.otherAttributes.map { "\($0)" })
        return fields
    }
}
