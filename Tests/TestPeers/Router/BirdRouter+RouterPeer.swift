// SPDX-License-Identifier: Apache-2.0

extension BirdRouter: RouterPeer {
    public convenience init(_ settings: RouterSettings, in namespace: NetworkNamespace) async throws
    {
        let sessions = settings.sessions.enumerated().map { index, session in
            var bird = BirdSession(
                name: "s\(index)", localAddress: session.address, localAS: settings.asn,
                neighborAddress: session.neighbor, neighborAS: session.neighborAS,
                holdTimeSeconds: session.holdTimeSeconds)
            bird.isMultihop = false
            bird.isPassive = session.isPassive
            if let password = session.password { bird.options.append("password \"\(password)\";") }
            if session.checksHops { bird.options.append("ttl security on;") }
            if session.watches { bird.options.append("bfd on;") }
            if session.extendedNextHop { bird.channelOptions = "extended next hop on;" }
            return bird
        }
        let watches = settings.sessions.contains(where: \.watches)
        try await self.init(
            sessions, routerID: settings.routerID, port: settings.sessions.first?.port,
            prelude: watches
                ? "protocol bfd { interface \"*\" { interval 50 ms; multiplier 3; }; }" : "",
            in: namespace)
        try await namespace.waitForListener(on: port)
    }

    public func isEstablished(_ neighbor: String) async throws -> Bool {
        try await state(of: session(neighbor)) == "Established"
    }

    public func routes(_ prefix: String) async throws -> [RouterRoute] {
        try await routes().filter { $0.prefix == prefix }.map { route in
            var common = RouterRoute(
                prefix: prefix,
                neighbor: sessions.first { $0.name == route.session }?.neighborAddress ?? "?")
            let attributes = route.attributes
            common.nextHop = String(
                (attributes["next_hop"] ?? "").split(separator: " ").first ?? "")
            common.setPath(attributes["as_path"] ?? "")
            common.origin = attributes["origin"]?.lowercased() ?? ""
            common.med = route.med
            common.localPreference = attributes["local_pref"].flatMap { Int($0) }
            common.communities = Self.groups(attributes["community"])
            common.largeCommunities = Self.groups(attributes["large_community"])
            common.extendedCommunities = Self.groups(attributes["ext_community"]).map { text in
                // What has no name in 2.0: `(unknown 0x4004, 65001, 1290693416)`.
                let parts = text.split(separator: ":")
                guard parts.first == "unknown 0x4004", parts.count == 3,
                    let asn = Int(parts[1]), let bits = UInt32(parts[2])
                else { return text }
                return RouterRoute.bandwidth(asn, Int(Float(bitPattern: bits)))
            }
            // `BGP.c8 [t]: 0a 0b`
            common.otherAttributes = attributes.compactMap { name, value in
                guard name.count == 2, let type = Int(name, radix: 16) else { return nil }
                return "\(type):" + value.split(separator: " ").dropFirst().joined()
            }.sorted()
            common.isAtomicAggregate = attributes["atomic_aggr"] != nil
            common.aggregator = attributes["aggregator"].map { text in
                // `192.0.2.1 AS65001`
                text.split(separator: " ").reversed().joined(separator: " ")
                    .replacing("AS", with: "")
            }
            return common
        }
    }

    public func requestRefresh(_ neighbor: String) async throws {
        _ = try await command("reload in \(session(neighbor))")
    }

    public func shutDown(_ neighbor: String, text: String) async throws {
        _ = try await command("disable \(session(neighbor)) \"\(text)\"")
    }

    public func notifications(from neighbor: String) async throws -> [RouterNotification] {
        let label = "\(session(neighbor)): Received: "
        return log.split(separator: "\n").compactMap { line in
            guard let range = line.firstRange(of: label) else { return nil }
            let words = line[range.upperBound...]
            guard let known = Self.words.first(where: { words.hasPrefix($0.key) }) else {
                return nil
            }
            let parts = words.split(separator: "\"", omittingEmptySubsequences: false)
            return RouterNotification(
                known.value.0, known.value.1, parts.count > 2 ? String(parts[1]) : nil)
        }
    }

    private func session(_ neighbor: String) -> String {
        sessions.first { $0.neighborAddress == neighbor }?.name ?? neighbor
    }

    /// `(65001,53) (65535,0)` as `65001:53`, `65535:0`, sorted.
    private static func groups(_ text: String?) -> [String] {
        (text ?? "").split(separator: "(").map { group in
            let inside = group.prefix { $0 != ")" }
            let parts = inside.split(separator: ",").map { $0.drop { $0 == " " } }
            guard parts.first == "generic", parts.count == 3 else {
                return parts.joined(separator: ":")
            }
            return parts.dropFirst().map { part in
                let digits = part.hasPrefix("0x") ? part.dropFirst(2) : part
                return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
            }.joined()
        }.sorted()
    }

    private static let words: [String: (Int, Int)] = [
        "Hold timer expired": (4, 0), "Administrative shutdown": (6, 2),
        "Peer de-configured": (6, 3), "Administrative reset": (6, 4),
        "Connection rejected": (6, 5), "Other configuration change": (6, 6),
        "Connection collision resolution": (6, 7), "BFD": (6, 10),
    ]
}
