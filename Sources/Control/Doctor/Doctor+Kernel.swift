// SPDX-License-Identifier: Apache-2.0

import CLinux
import Declarations
import Proxy

extension Doctor {
    /// Limits of the kernel, and what it lost because of them since it started.
    static func kernel(_ configuration: DeclaredConfiguration, _ host: HostFacts) -> [Finding] {
        guard !configuration.effectiveListeners.isEmpty else { return [] }
        return [receiveBuffer(host), lostDatagrams(host), lostConnections(host), tracking(host)]
            .compactMap { $0 }
    }

    private static func receiveBuffer(_ host: HostFacts) -> Finding? {
        guard let most = host.setting("net/core/rmem_max") else { return nil }
        let wanted = PlaneOptions().receiveBufferBytes
        guard most < wanted else { return Finding(.ok, "net.core.rmem_max", "\(most) octets") }
        return Finding(
            .warning, "net.core.rmem_max",
            "\(most) octets, so that a listener holds fewer queries while it is busy than it asks"
                + " for; `sysctl -w net.core.rmem_max=\(wanted)`")
    }

    private static func lostDatagrams(_ host: HostFacts) -> Finding? {
        let lost =
            (host.counter("snmp", "Udp", "RcvbufErrors") ?? 0)
            + (host.counterOfIPv6("Udp6RcvbufErrors") ?? 0)
        guard lost > 0 else { return nil }
        return Finding(
            .warning, "UDP",
            "\(lost) datagrams found a full buffer since this host or namespace began; "
                + "`nstat -az UdpRcvbufErrors` shows whether it grows")
    }

    private static func lostConnections(_ host: HostFacts) -> Finding? {
        let lost = host.counter("netstat", "TcpExt", "ListenOverflows") ?? 0
        guard lost > 0 else { return nil }
        return Finding(
            .warning, "TCP",
            "\(lost) connections found a full listen queue since this host or namespace began; "
                + "`nstat -az TcpExtListenOverflows` shows whether it grows")
    }

    private static func tracking(_ host: HostFacts) -> Finding? {
        guard let most = host.setting("net/netfilter/nf_conntrack_max"), most > 0,
            let count = host.setting("net/netfilter/nf_conntrack_count")
        else { return nil }
        let share = count * 100 / most
        let words = "\(count) of \(most) entries (\(share) %)"
        guard count > 0 else { return Finding(.ok, "conntrack", words) }
        let advice =
            "each query makes an entry, and a full table drops queries; exempt port 53"
            + " (`notrack` in a raw table, both ways)"
        return Finding(share >= 80 ? .fault : .warning, "conntrack", "\(words): \(advice)")
    }

    /// Nothing that decides looks at the wall clock, but people who compare logs do.
    static func clock() -> Finding {
        guard clinux_clock_is_synchronised() != 0 else {
            return Finding(
                .warning, "clock",
                "not synchronised: times in logs and events of several nodes do not compare; "
                    + "`timedatectl set-ntp true`")
        }
        return Finding(.ok, "clock", "synchronised")
    }
}
