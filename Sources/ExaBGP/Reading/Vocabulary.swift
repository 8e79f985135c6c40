// SPDX-License-Identifier: Apache-2.0

/// The words of ExaBGP's grammars: those we know, and those we refuse by name.
enum Vocabulary {
    static let topLevel = ["process", "template", "group", "neighbor"]

    /// Values of a neighbour, in all grammars.
    static let neighborValues = [
        "inherit", "description", "host-name", "domain-name", "router-id", "hold-time",
        "rate-limit", "local-address", "peer-address", "source-interface", "local-as", "peer-as",
        "passive", "listen", "connect", "outgoing-ttl", "incoming-ttl", "ttl-security",
        "md5-password", "md5-base64", "md5-ip", "md5", "group-updates", "auto-flush",
        "adj-rib-in", "adj-rib-out", "manual-eor", "local-link-local",
        "asn4", "route-refresh", "graceful-restart", "add-path", "multi-session", "aigp",
        "operational",
    ]

    /// Blocks of a neighbour.
    static let neighborBlocks = [
        "family", "capability", "nexthop", "add-path", "api", "static", "announce", "process",
    ]

    static let capabilities = [
        "asn4", "route-refresh", "graceful-restart", "add-path", "nexthop", "multi-session",
        "operational", "aigp", "extended-message", "software-version", "link-local-nexthop",
    ]

    static let api = [
        "processes", "processes-match", "neighbor-changes", "negotiated", "fsm", "signal", "send",
        "receive",
    ]

    static let processes = ["run", "encoder", "respawn"]

    /// What 3.4 has in a process that is nested in a neighbour.
    static let nestedProcesses = [
        "run", "encoder", "respawn", "parse-routes", "parsed-route-backend", "peer-updates",
        "receive-routes", "receive-packets", "send-packets", "neighbor-changes", "receive", "send",
        "receive-parsed", "receive-parsed-routes", "consolidate",
    ]

    static let routes = ["route", "attribute", "attributes"]

    static let attributes = [
        "next-hop", "path-information", "origin", "as-path", "med", "local-preference",
        "atomic-aggregate", "aggregator", "community", "large-community",
        "extended-community", "originator-id", "cluster-list", "aigp", "attribute", "name",
        "split", "watchdog", "withdraw",
    ]

    /// What a word of a route would need that Pharos does not do.
    static let foreignAttributes = [
        "label": "MPLS labels", "rd": "VPN routes", "route-distinguisher": "VPN routes",
        "bgp-prefix-sid": "segment routing", "bgp-prefix-sid-srv6": "segment routing",
    ]

    /// Blocks and kinds of routes that are out of scope.
    static let foreignSections = [
        "flow": "flow specification", "flow-vpn": "flow specification", "l2vpn": "layer 2 VPNs",
        "vpls": "layer 2 VPNs", "evpn": "Ethernet VPNs", "mpls-vpn": "VPN routes",
        "nlri-mpls": "labelled routes", "mcast-vpn": "multicast VPNs", "mup": "mobile user plane",
        "multicast": "multicast routes", "bgp-ls": "link state", "bgp-ls-vpn": "link state",
        "rtc": "route target constraints", "operational": "operational messages",
        "tcp-ao": "TCP-AO",
    ]

    /// `; did you mean 'med'?`, or nothing.
    static func suggestion(for word: String, among known: [String]) -> String {
        let allowed = min(3, max(1, word.utf8.count * 2 / 5))
        var best: (name: String, edits: Int)?
        for name in known {
            let edits = distance(Array(word.lowercased().utf8), Array(name.utf8), limit: allowed)
            if edits <= allowed, edits < best?.edits ?? .max { best = (name, edits) }
        }
        return best.map { "; did you mean '\($0.name)'?" } ?? ""
    }

    /// Levenshtein's distance; a bound for words of very different length.
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit else { return .max }
        var previous = Array(0...right.count)
        for (row, a) in left.enumerated() {
            var current = [row + 1]
            for (column, b) in right.enumerated() {
                current.append(
                    min(
                        previous[column + 1] + 1, current[column] + 1,
                        previous[column] + (a == b ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}
