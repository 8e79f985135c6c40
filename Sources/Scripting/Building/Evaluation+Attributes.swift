// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Path attributes that are legal and that routers are known to refuse: said once for each line.
extension Evaluation {
    func noteDoubtfulAttributes() {
        var told: Set<String> = []
        for announcement in configuration.announcements {
            var variants = [announcement.attributes]
            if case .attributes(let down) = announcement.whenDown { variants.append(down) }
            let neighbors = configuration.neighbors.filter {
                announcement.neighbors?.contains($0.key) ?? true
            }
            for line in variants.flatMap({ doubts($0, announcement.prefix, neighbors) })
            where told.insert("\(announcement.location) \(line)").inserted {
                warn("announce: \(line)", at: announcement.location)
            }
        }
    }

    private func doubts(
        _ attributes: RouteAttributes, _ prefix: IPPrefix, _ neighbors: [NeighborDeclaration]
    ) -> [String] {
        var lines: [String] = []
        if case .address(let address) = attributes.nextHop, let word = Self.oddity(of: address) {
            lines.append("nextHop \(address) is \(word): a router cannot send there")
        }
        guard let path = attributes.asPath else { return lines }
        if path.contains(where: { if case .set = $0 { true } else { false } }) {
            lines.append(
                "asPath has an AS_SET, which is out of use (RFC 9774): BIRD refuses the route")
        }
        guard attributes.asPathPrepend == 0 else { return lines }
        let first: UInt32? = if case .number(let number) = path.first { number } else { nil }
        let others = neighbors.filter { !$0.isInternal && $0.localAS != first }
        if let neighbor = others.first {
            lines.append(
                "asPath does not begin with our AS \(neighbor.localAS): \(neighbor.key) refuses it"
                    + " if it is FRR or IOS (enforce-first-as)")
        }
        return lines
    }

    /// What is wrong with an address as next hop (research/bgp.md §2.4 a).
    private static func oddity(of address: IPAddress) -> String? {
        if address.isUnspecified { return "no address" }
        if address.isLoopback { return "loopback" }
        if address.isMulticast { return "multicast" }
        if address.isV4Mapped { return "an IPv4-mapped IPv6 address" }
        return nil
    }
}
