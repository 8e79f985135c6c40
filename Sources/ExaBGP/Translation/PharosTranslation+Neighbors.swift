// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

extension PharosTranslation {
    /// Declares every neighbour; returns what each is known by, `nil` for one that is refused.
    mutating func translateNeighbors(
        _ configuration: ExaBGPConfiguration
    ) -> [NeighborKey?] {
        var known: [NeighborKey: SourceLocation] = [:]
        var listeners: [(endpoint: Endpoint, location: SourceLocation)] = []
        let keys = configuration.neighbors.map { neighbor -> NeighborKey? in
            let key = Self.key(of: neighbor)
            if let other = known[key] {
                fault(
                    neighbor.location,
                    "neighbor \(key) is at \(other) too; Pharos tells neighbors apart by address"
                        + " and port: take one of them out")
                return nil
            }
            known[key] = neighbor.location
            guard let fields = fields(of: neighbor, key) else { return nil }
            add("newNeighbor", fields, at: neighbor.location)
            if let port = neighbor.listenPort {
                let any: IPAddress =
                    neighbor.peer.address.family == .v4 ? .anyV4 : .anyV6
                let address = neighbor.localAddress ?? any
                listeners.append((Endpoint(address: address, port: port), neighbor.location))
            }
            return key
        }
        listen(at: listeners)
        return keys
    }

    private mutating func listen(
        at listeners: [(endpoint: Endpoint, location: SourceLocation)]
    ) {
        guard let first = listeners.first else { return }
        let text = LuaText.quoted("\(first.endpoint)")
        statements.append(
            Statement(text: "setBGPListen(\(text))", location: first.location))
        for other in listeners.dropFirst() where other.endpoint != first.endpoint {
            fault(
                other.location,
                "listen at \(other.endpoint) besides \(first.endpoint): Pharos accepts sessions at"
                    + " one address; give both neighbors the same local-address and listen")
        }
    }

    static func key(of neighbor: ExaBGPNeighbor) -> NeighborKey {
        let port = neighbor.peer.isHost ? neighbor.connectPort ?? 179 : 179
        var endpoint = Endpoint(address: neighbor.peer.address, port: port)
        if neighbor.peer.isHost { endpoint.interface = neighbor.sourceInterface }
        return NeighborKey(
            endpoint: endpoint,
            rangeLength: neighbor.peer.isHost ? nil : Int(neighbor.peer.length))
    }

    private mutating func fields(
        of neighbor: ExaBGPNeighbor, _ key: NeighborKey
    ) -> [(key: String, value: String)]? {
        guard let localAS = number(neighbor.localAS, "local-as", neighbor),
            let peerAS = number(neighbor.peerAS, "peer-as", neighbor)
        else { return nil }
        var fields: [(key: String, value: String)] = []
        let address = key.range.map { "\($0)" } ?? "\(key.endpoint.address)"
        fields.append(("address", LuaText.quoted(address)))
        if key.endpoint.port != 179 { fields.append(("port", "\(key.endpoint.port)")) }
        if let interface = key.endpoint.interface {
            fields.append(("interface", LuaText.quoted(interface)))
        }
        fields.append(("localAS", "\(localAS)"))
        fields.append(("peerAS", "\(peerAS)"))
        if let local = neighbor.localAddress {
            fields.append(("localAddress", LuaText.quoted("\(local)")))
        }
        fields.append(("routerID", LuaText.quoted("\(IPAddress(v4: neighbor.routerID))")))
        fields.append(("holdTime", "\(neighbor.holdTimeSeconds)"))
        fields.append(("families", LuaText.list(neighbor.families.map(\.rawValue))))
        if neighbor.passive { fields.append(("passive", "true")) }
        fields += transport(of: neighbor, key)
        fields += offers(of: neighbor)
        if !neighbor.description.isEmpty {
            fields.append(("description", LuaText.quoted(neighbor.description)))
        }
        noteWithoutEffect(neighbor, key)
        return fields
    }

    private mutating func number(
        _ number: ExaBGPNeighbor.SystemNumber, _ keyword: String, _ neighbor: ExaBGPNeighbor
    ) -> UInt32? {
        guard case .number(let value) = number else {
            fault(
                neighbor.location,
                "neighbor \(neighbor.peer.address): \(keyword) auto is out of scope; give the AS"
                    + " number")
            return nil
        }
        return value
    }

    private mutating func transport(
        of neighbor: ExaBGPNeighbor, _ key: NeighborKey
    ) -> [(key: String, value: String)] {
        var fields: [(key: String, value: String)] = []
        if let least = neighbor.incomingTTL, least > 1 {
            // ExaBGP names the least TTL, RFC 5082 the hops that it allows.
            fields.append(("ttlSecurity", "\(256 - Int(least))"))
        } else if let hops = neighbor.outgoingTTL, hops > 0 {
            fields.append(("multihop", "\(min(254, Int(hops)))"))
        } else if !neighbor.isInternal {
            // ExaBGP leaves the kernel's TTL, which reaches a neighbour behind a router.
            fields.append(("multihop", "64"))
        }
        if let octets = neighbor.md5Key {
            let password = String(decoding: octets, as: UTF8.self)
            if Array(password.utf8) == octets, !octets.contains(0) {
                fields.append(("md5Password", LuaText.quoted(password)))
            } else {
                fault(
                    neighbor.location,
                    "neighbor \(key): the key that md5-password stands for in base64 is no text;"
                        + " write 'md5-base64 false;' with a key that is")
            }
        }
        return fields
    }

    private func offers(of neighbor: ExaBGPNeighbor) -> [(key: String, value: String)] {
        var fields: [(key: String, value: String)] = []
        if let seconds = neighbor.capabilities.gracefulRestartSeconds, seconds > 0 {
            fields.append(("gracefulRestart", "\(seconds)"))
        }
        if neighbor.capabilities.nextHop, neighbor.families.contains(.ipv4Unicast),
            neighbor.nextHopEncodings.contains(where: {
                $0.family == .ipv4Unicast && $0.nextHop == .v6
            })
        {
            fields.append(("extendedNextHop", "true"))
        }
        if let host = neighbor.hostName {
            let name = neighbor.domainName.map { "\(host).\($0)" } ?? host
            fields.append(("hostName", LuaText.quoted(name)))
        }
        return fields
    }

    private mutating func noteWithoutEffect(_ neighbor: ExaBGPNeighbor, _ key: NeighborKey) {
        var words: [String] = []
        if neighbor.rateLimit != nil { words.append("rate-limit") }
        if !neighbor.groupUpdates { words.append("group-updates") }
        if !neighbor.autoFlush { words.append("auto-flush") }
        if !neighbor.adjRIBOut { words.append("adj-rib-out") }
        if !neighbor.adjRIBIn { words.append("adj-rib-in") }
        if neighbor.manualEndOfRIB { words.append("manual-eor") }
        if !neighbor.capabilities.asn4 { words.append("asn4") }
        if neighbor.capabilities.addPath != nil { words.append("add-path") }
        if neighbor.capabilities.softwareVersion { words.append("software-version") }
        if neighbor.md5Address != nil { words.append("md5-ip") }
        if !words.isEmpty {
            note(
                neighbor.location,
                "neighbor \(key): \(words.joined(separator: ", ")) without effect")
        }
        if neighbor.passive, neighbor.listenPort == nil {
            note(
                neighbor.location,
                "neighbor \(key) is passive and says no 'listen'; say where to accept its session"
                    + " with setBGPListen")
        }
    }
}
