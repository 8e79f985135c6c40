// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

extension Doctor {
    /// Service addresses: on this host, and answered for by it alone.
    static func addresses(
        _ configuration: DeclaredConfiguration, _ host: HostFacts
    ) -> [Finding] {
        var seen: Set<IPAddress> = []
        return configuration.announcements.compactMap(\.requiredAddress)
            .filter { seen.insert($0).inserted }.map { address in
                let subject = "address \(address)"
                guard let entry = host.interfaces.first(where: { $0.address == address }) else {
                    let length = address.bitWidth
                    return Finding(
                        .fault, subject,
                        "on no interface that is up, so it is not announced; "
                            + "`ip address add \(address)/\(length) dev lo`")
                }
                return shared(address, on: entry.interface, host)
                    ?? Finding(.ok, subject, "on \(entry.interface)")
            }
    }

    /// An address on lo that is within the network of another interface: every node that has it
    /// answers ARP for it there, and neighbours on the link take whichever answers first.
    private static func shared(
        _ address: IPAddress, on interface: String, _ host: HostFacts
    ) -> Finding? {
        guard address.family == .v4,
            let link = host.interfaces.first(where: {
                $0.interface != interface && $0.network?.contains(address) == true
                    && $0.address != address
            }), host.effective("arp_ignore", link.interface) == 0
        else { return nil }
        return Finding(
            .warning, "address \(address)",
            "within the network of \(link.interface), which answers ARP for it as other nodes do; "
                + "`sysctl -w net.ipv4.conf.\(link.interface).arp_ignore=1"
                + " net.ipv4.conf.\(link.interface).arp_announce=2`")
    }

    /// What we listen on: there, allowed, and nobody else's.
    static func listeners(
        _ configuration: DeclaredConfiguration, _ host: HostFacts, _ status: StatusReport?
    ) -> [Finding] {
        let local = Set(host.interfaces.map(\.address))
        let servers = configuration.effectiveListeners.map { listener -> Finding in
            let (endpoint, subject) = (listener.endpoint, "listener \(listener.endpoint)")
            let address = endpoint.address
            guard address.isUnspecified || address.isLoopback || local.contains(address) else {
                return Finding(.fault, subject, "the address is not on this host")
            }
            if let finding = refused(endpoint, subject, host) { return finding }
            // The daemon that runs has it: another would have refused to start.
            if status == nil, let owner = PortOwner.processID(ofDatagramPort: endpoint) {
                return Finding(
                    .warning, subject,
                    "process \(owner) has a socket on UDP port \(endpoint.port); "
                        + "`ss -lunp` says on which address")
            }
            return Finding(.ok, subject, "can be bound")
        }
        return servers
            + configuration.bgpListeners.compactMap {
                refused($0, "BGP listener \($0)", host)
            }
    }

    private static func refused(
        _ endpoint: Endpoint, _ subject: String, _ host: HostFacts
    ) -> Finding? {
        guard !host.mayBind(endpoint.port) else { return nil }
        return Finding(
            .fault, subject,
            "this user may not bind a port below "
                + "\(host.setting("net/ipv4/ip_unprivileged_port_start") ?? 1_024); "
                + "AmbientCapabilities=CAP_NET_BIND_SERVICE in the service's unit allows it")
    }
}
