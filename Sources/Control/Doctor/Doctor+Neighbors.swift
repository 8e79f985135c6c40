// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

extension Doctor {
    /// Neighbours: reachable, from an address of our own, and in session.
    static func neighbors(
        _ configuration: DeclaredConfiguration, _ host: HostFacts, _ status: StatusReport?
    ) -> [Finding] {
        let services = configuration.announcements.compactMap(\.requiredAddress)
        return configuration.neighbors.filter { $0.key.range == nil }.flatMap { neighbor in
            [
                way(to: neighbor, services: Set(services), host),
                returnPath(of: neighbor, host),
                session(of: neighbor, status),
            ].compactMap { $0 }
        }
    }

    private static func way(
        to neighbor: NeighborDeclaration, services: Set<IPAddress>, _ host: HostFacts
    ) -> Finding {
        let subject = "neighbor \(neighbor.key)"
        let source: IPAddress
        if let local = neighbor.localAddress {
            guard host.interfaces.contains(where: { $0.address == local }) else {
                return Finding(
                    .fault, subject, "localAddress \(local) is on no interface that is up")
            }
            source = local
        } else {
            switch host.source(towards: neighbor.key.endpoint) {
            case .success(let address): source = address
            case .failure(let error):
                return Finding(
                    .fault, subject,
                    "no way there: \(error); `ip route get \(neighbor.key.endpoint.address)`")
            }
        }
        guard !services.contains(source) else {
            return Finding(
                .fault, subject,
                "we would call it from the service address \(source), which other nodes have too;"
                    + " set localAddress to one that is this node's alone")
        }
        return Finding(.ok, subject, "reached from \(source)")
    }

    /// A strict filter drops queries whose answers would leave by another interface, as they do
    /// with anycast and more than one uplink (RFC 3704).
    private static func returnPath(
        of neighbor: NeighborDeclaration, _ host: HostFacts
    ) -> Finding? {
        guard neighbor.key.endpoint.address.family == .v4,
            case .success(let source) = host.source(towards: neighbor.key.endpoint),
            let interface = host.interfaces.first(where: { $0.address == source })?.interface,
            interface != "lo", host.effective("rp_filter", interface) == 1
        else { return nil }
        return Finding(
            .warning, "interface \(interface)",
            "rp_filter is strict: queries that arrive by another way than their answers take are"
                + " dropped in silence; `sysctl -w net.ipv4.conf.\(interface).rp_filter=2`, and"
                + " net.ipv4.conf.all.rp_filter, the larger counts")
    }

    private static func session(
        of neighbor: NeighborDeclaration, _ status: StatusReport?
    ) -> Finding? {
        guard let status else { return nil }
        let subject = "session \(neighbor.key)"
        guard let session = status.neighbors.first(where: { $0.address == "\(neighbor.key)" })
        else {
            return Finding(
                .warning, subject, "the daemon does not know it; `pharos reload` to make it so")
        }
        guard session.state == "Established" || neighbor.shutdown else {
            let error = session.lastError.isEmpty ? "" : ": \(session.lastError)"
            return Finding(.fault, subject, "\(session.state) since \(session.since)\(error)")
        }
        guard session.hint.isEmpty else { return Finding(.warning, subject, session.hint) }
        return Finding(.ok, subject, "\(session.state) since \(session.since)")
    }
}
