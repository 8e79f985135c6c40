// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What ExaBGP's lines of JSON add up to, from its last start on.
struct ExaBGPHistory {
    private(set) var established: Set<String> = []
    /// By neighbour, then by prefix.
    private(set) var routes: [String: [String: RouterRoute]] = [:]
    /// By neighbour and prefix.
    private(set) var announcements: [String: Int] = [:]
    private(set) var notifications: [String: [RouterNotification]] = [:]

    init(_ text: String) throws {
        // A last line without its end is still being written.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line == "start" {
                established = []
                routes = [:]
                announcements = [:]
            } else if !line.isEmpty {
                try add(String(line))
            }
        }
    }

    private mutating func add(_ line: String) throws {
        let parsed = try? JSONSerialization.jsonObject(with: Data(line.utf8))
        guard let event = parsed as? [String: Any] else {
            throw PeerError.unreadable(what: "ExaBGP's event", text: line)
        }
        guard let told = event["neighbor"] as? [String: Any],
            let addresses = told["address"] as? [String: String], let neighbor = addresses["peer"]
        else { return }
        switch event["type"] as? String {
        case "state": changeState(of: neighbor, told)
        case "notification":
            let message = told["message"] as? [String: Any]
            if let notification = Self.notification(message?["body"]) {
                notifications[neighbor, default: []].append(notification)
            }
        case "update":
            let message = told["message"] as? [String: Any]
            if let update = message?["update"] as? [String: Any] { take(update, from: neighbor) }
        default: break
        }
    }

    private mutating func changeState(of neighbor: String, _ told: [String: Any]) {
        guard told["state"] as? String != "up" else {
            established.insert(neighbor)
            return
        }
        guard told["state"] as? String == "down" else { return }
        established.remove(neighbor)
        routes[neighbor] = [:]
    }

    /// From the message's octets: ExaBGP 4.2 fails to read a Cease that carries a text (it joins octets
    /// and a string) and tells `can not decode update message of type "3"`.
    private static func notification(_ body: Any?) -> RouterNotification? {
        guard let body = body as? String, body.hasPrefix("0x") else { return nil }
        let digits = Array(body.dropFirst(2))
        let octets = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(digits[index...index + 1]), radix: 16)
        }
        guard octets.count >= 2 else { return nil }
        let text = octets.dropFirst(3).prefix(Int(octets.dropFirst(2).first ?? 0))
        return RouterNotification(
            Int(octets[0]), Int(octets[1]),
            text.isEmpty ? nil : String(decoding: text, as: UTF8.self))
    }

    private mutating func take(_ update: [String: Any], from neighbor: String) {
        for case let prefixes as [[String: Any]] in (update["withdraw"] as? [String: Any] ?? [:])
            .values
        {
            for prefix in prefixes.compactMap({ $0["nlri"] as? String }) {
                routes[neighbor, default: [:]][prefix] = nil
            }
        }
        let attributes = update["attribute"] as? [String: Any] ?? [:]
        for case let hops as [String: [[String: Any]]]
            in (update["announce"] as? [String: Any] ?? [:]).values
        {
            // A global next hop and its link-local companion are told as two.
            for (hop, prefixes) in hops where hops.count == 1 || !hop.hasPrefix("fe80:") {
                for prefix in prefixes.compactMap({ $0["nlri"] as? String }) {
                    var route = Self.route(attributes, prefix, neighbor)
                    route.nextHop = hop
                    routes[neighbor, default: [:]][prefix] = route
                    announcements["\(neighbor) \(prefix)", default: 0] += 1
                }
            }
        }
    }

    private static func route(
        _ attributes: [String: Any], _ prefix: String, _ neighbor: String
    ) -> RouterRoute {
        var route = RouterRoute(prefix: prefix, neighbor: neighbor)
        func groups(_ name: String) -> [String] {
            (attributes[name] as? [[Int]] ?? []).map { group in
                group.map(String.init).joined(separator: ":")
            }.sorted()
        }
        route.asPath = (attributes["as-path"] as? [Int] ?? []).map { UInt32($0) }
        route.asSet = (attributes["as-set"] as? [Int] ?? []).map { UInt32($0) }.sorted()
        route.origin = attributes["origin"] as? String ?? ""
        route.med = attributes["med"] as? Int
        route.localPreference = attributes["local-preference"] as? Int
        route.communities = groups("community")
        route.largeCommunities = groups("large-community")
        route.extendedCommunities = (attributes["extended-community"] as? [[String: Any]] ?? [])
            .compactMap(extendedCommunity).sorted()
        route.isAtomicAggregate = attributes["atomic-aggregate"] as? Bool ?? false
        route.aggregator = (attributes["aggregator"] as? String).map { text in
            text.replacing(":", with: " ")
        }
        // `"attribute-0xC8-0xE0": "0x0a0b"`: its type, its flags, its value.
        route.otherAttributes = attributes.compactMap { name, value in
            let parts = name.split(separator: "-")
            guard parts.first == "attribute", parts.count == 3,
                let type = Int(parts[1].dropFirst(2), radix: 16), let value = value as? String
            else { return nil }
            return "\(type):\(value.dropFirst(2))"
        }.sorted()
        return route
    }

    /// `target:65001:7`; the number of an origin it writes as an address: `origin:65001:0.0.0.8`. For a
    /// kind that it has no word for its text is empty: its number says it all.
    private static func extendedCommunity(_ told: [String: Any]) -> String? {
        guard let text = told["string"] as? String else { return nil }
        if text.isEmpty, let number = told["value"] as? UInt64, number >> 48 == 0x4004 {
            return RouterRoute.bandwidth(
                Int(number >> 32 & 0xffff),
                Int(Float(bitPattern: UInt32(truncatingIfNeeded: number))))
        }
        let parts = text.split(separator: ":")
        guard parts.count == 3 else { return text }
        let octets = parts[2].split(separator: ".").compactMap { UInt32($0) }
        let number =
            octets.count == 4 ? String(octets.reduce(0) { $0 << 8 | $1 }) : String(parts[2])
        let kind = ["target": "rt", "origin": "ro"][parts[0]] ?? String(parts[0])
        return "\(kind):\(parts[1]):\(number)"
    }
}
