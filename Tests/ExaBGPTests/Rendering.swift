// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import ExaBGP

/// A configuration as text, in the form of the `.expected` files: one line for each thing, and
/// nothing of what is as ExaBGP has it unless told.
enum Rendering {
    static func lines(_ configuration: ExaBGPConfiguration) -> [String] {
        configuration.neighbors.flatMap(lines)
            + configuration.processes.map(line)
            + configuration.notes.map { "note \($0.location.line)" }
    }

    private static func lines(_ neighbor: ExaBGPNeighbor) -> [String] {
        let peer = neighbor.peer.isHost ? "\(neighbor.peer.address)" : "\(neighbor.peer)"
        let local = neighbor.localAddress.map { "\($0)" } ?? "auto"
        let families =
            neighbor.offersAllFamilies
            ? "all" : neighbor.families.map(\.rawValue).joined(separator: ", ")
        var lines = [
            "neighbor \(peer) local \(local) as \(number(neighbor.localAS))>"
                + "\(number(neighbor.peerAS)) id \(IPAddress(v4: neighbor.routerID))"
                + " hold \(neighbor.holdTimeSeconds) families \(families)"
        ]
        for words in [settings(neighbor), capabilities(neighbor.capabilities)]
        where !words.isEmpty { lines.append("  " + words.joined(separator: " ")) }
        for encoding in neighbor.nextHopEncodings {
            lines.append("  nexthop \(encoding.family.rawValue) over \(encoding.nextHop)")
        }
        if !neighbor.addPathFamilies.isEmpty {
            let names = neighbor.addPathFamilies.map(\.rawValue).joined(separator: ", ")
            lines.append("  add-path \(names)")
        }
        lines += neighbor.apis.map { "  " + line($0) }
        lines += neighbor.routes.map { "  " + line($0) }
        return lines
    }

    private static func number(_ number: ExaBGPNeighbor.SystemNumber) -> String {
        switch number {
        case .number(let value): "\(value)"
        case .automatic: "auto"
        }
    }

    private static func settings(_ neighbor: ExaBGPNeighbor) -> [String] {
        var words: [String] = []
        func add(_ name: String, _ value: (some Any)?) {
            if let value { words.append("\(name) \(value)") }
        }
        func flag(_ name: String, _ isSet: Bool) { if isSet { words.append(name) } }
        if !neighbor.description.isEmpty { add("description", "\"\(neighbor.description)\"") }
        add("host-name", neighbor.hostName)
        add("domain-name", neighbor.domainName)
        add("interface", neighbor.sourceInterface)
        flag("passive", neighbor.passive)
        add("listen", neighbor.listenPort)
        add("connect", neighbor.connectPort)
        add("ttl-out", neighbor.outgoingTTL)
        add("ttl-in", neighbor.incomingTTL)
        if neighbor.md5Password != nil {
            let key = String(decoding: neighbor.md5Key ?? [], as: UTF8.self)
            add("md5", "\"\(key)\" \(neighbor.md5Base64)")
        }
        add("rate", neighbor.rateLimit)
        flag("no-group-updates", !neighbor.groupUpdates)
        flag("no-auto-flush", !neighbor.autoFlush)
        flag("no-adj-rib-out", !neighbor.adjRIBOut)
        flag("no-adj-rib-in", !neighbor.adjRIBIn)
        flag("manual-eor", neighbor.manualEndOfRIB)
        return words
    }

    private static func capabilities(_ capabilities: ExaBGPCapabilities) -> [String] {
        var words: [String] = []
        func flag(_ name: String, _ isSet: Bool) { if isSet { words.append(name) } }
        flag("no-asn4", !capabilities.asn4)
        flag("route-refresh", capabilities.routeRefresh)
        if let seconds = capabilities.gracefulRestartSeconds { words.append("gr \(seconds)") }
        if let addPath = capabilities.addPath { words.append("add-path \(addPath.rawValue)") }
        flag("nexthop", capabilities.nextHop)
        flag("no-extended-message", !capabilities.extendedMessage)
        flag("multi-session", capabilities.multiSession)
        flag("software-version", capabilities.softwareVersion)
        return words.isEmpty ? [] : ["capability"] + words
    }

    private static func line(_ api: ExaBGPAPI) -> String {
        var words = ["api", api.name ?? "-", "processes", api.processes.joined(separator: ",")]
        func flag(_ name: String, _ isSet: Bool) { if isSet { words.append(name) } }
        func list(_ name: String, _ values: [String]) {
            if !values.isEmpty { words.append(name + values.joined(separator: ",")) }
        }
        list("match ", api.processesMatch)
        flag("changes", api.neighborChanges)
        flag("negotiated", api.negotiated)
        flag("fsm", api.fsm)
        flag("signal", api.signal)
        list("send:", api.send.map(\.rawValue).sorted())
        list("receive:", api.receive.map(\.rawValue).sorted())
        flag("nested", api.isNested)
        return words.joined(separator: " ")
    }

    private static func line(_ process: ExaBGPProcess) -> String {
        "process \(process.name) run [\(process.run.joined(separator: "|"))]"
            + " \(process.encoder.rawValue)" + (process.respawns ? "" : " no-respawn")
            + (process.isNested ? " nested" : "")
    }

    static func line(_ route: ExaBGPRoute) -> String {
        var words = ["route \(route.prefix)"]
        switch route.nextHop {
        case .some(.`self`): words.append("via self")
        case .some(.address(let address)): words.append("via \(address)")
        case nil: break
        }
        if let identifier = route.pathIdentifier { words.append("id \(identifier)") }
        words += self.words(route.attributes)
        if let name = route.name { words.append("name \(name)") }
        if let watchdog = route.watchdog { words.append("watchdog \(watchdog)") }
        if route.isWithdrawn { words.append("withdrawn") }
        return words.joined(separator: " ")
    }

    private static func words(_ attributes: ExaBGPAttributes) -> [String] {
        var words: [String] = []
        func add(_ name: String, _ value: (some Any)?) {
            if let value { words.append("\(name) \(value)") }
        }
        func list(_ name: String, _ values: [some Any]) {
            if !values.isEmpty {
                words.append(([name] + values.map { "\($0)" }).joined(separator: " "))
            }
        }
        add("origin", attributes.origin)
        if let path = attributes.asPath { words.append(text(path)) }
        add("med", attributes.med)
        add("lp", attributes.localPreference)
        if attributes.atomicAggregate { words.append("atomic") }
        add("aggregator", attributes.aggregator.map { "\($0.asn):\($0.address)" })
        list("c", attributes.communities)
        list("lc", attributes.largeCommunities)
        list("ec", attributes.extendedCommunities.map { hexadecimal($0, digits: 16) })
        add("originator", attributes.originatorID)
        list("clusters", attributes.clusterList)
        add("aigp", attributes.aigp)
        for unparsed in attributes.unparsed {
            let data = unparsed.data.map { hexadecimal(UInt64($0), digits: 2) }.joined()
            words.append("attr \(unparsed.code)/\(unparsed.flags)/\(data)")
        }
        return words
    }

    private static func text(_ path: [ExaBGPAttributes.PathSegment]) -> String {
        (["path"]
            + path.map { segment in
                switch segment {
                case .sequence(let numbers): numbers.map { "\($0)" }.joined(separator: " ")
                case .set(let numbers):
                    "{" + numbers.map { "\($0)" }.joined(separator: " ") + "}"
                }
            }).joined(separator: " ")
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
