// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
public import Declarations
import Glibc

/// Finds routes whose next hop "self" this host cannot name, before any session is there: what the
/// neighbour would never hear of is an error of the configuration and not a line in its status.
public struct NextHopCheck {
    public struct Fault: Hashable, Sendable {
        public let location: SourceLocation
        public let message: String

        /// `FILE:LINE: message`.
        public var text: String { "\(location): \(message)" }
    }

    private let interfaces: InterfaceAddresses
    private let localAddress: (NeighborDeclaration) -> IPAddress?

    /// Looks at this host's interfaces and routes as they are now.
    public init() {
        self.init(interfaces: .current()) {
            $0.localAddress ?? Self.source(toward: $0.key.endpoint)
        }
    }

    init(
        interfaces: InterfaceAddresses, localAddress: @escaping (NeighborDeclaration) -> IPAddress?
    ) {
        self.interfaces = interfaces
        self.localAddress = localAddress
    }

    /// One for each route and neighbour. Where our end of the session cannot be told (no route to
    /// the neighbour yet, its interface not there yet) nothing is.
    public func faults(
        neighbors: [NeighborDeclaration], announcements: [AnnouncementDeclaration]
    ) -> [Fault] {
        neighbors.filter { !$0.shutdown }.flatMap { neighbor -> [Fault] in
            guard let local = localAddress(neighbor),
                interfaces.entries.contains(where: { $0.address == local })
            else { return [] }
            let resolver = resolver(neighbor, local)
            return announcements.compactMap { announcement in
                fault(announcement, neighbor, resolver)
            }
        }
    }

    /// As the session would have it if the neighbour agreed to everything.
    private func resolver(_ neighbor: NeighborDeclaration, _ local: IPAddress) -> RouteResolver {
        var parameters = SessionParameters(
            localAS: neighbor.localAS, peerAS: neighbor.peerAS, localIdentifier: 0,
            peerIdentifier: 0, holdTimeSeconds: 0, families: neighbor.families.map { .init($0) },
            isFourOctetAS: true, peerCapabilities: [])
        if neighbor.offersExtendedNextHop { parameters.extendedNextHopFamilies = [.ipv4Unicast] }
        return RouteResolver(
            neighbor, parameters, localAddress: local, interfaces: interfaces)
    }

    private func fault(
        _ announcement: AnnouncementDeclaration, _ neighbor: NeighborDeclaration,
        _ resolver: RouteResolver
    ) -> Fault? {
        let family = RouteFamily(of: announcement.prefix.address)
        guard announcement.neighbors?.contains(neighbor.key) ?? true,
            neighbor.families.contains(family), announcement.attributes.nextHop == .self,
            case .refused(let why) = resolver.resolve(
                announcement.prefix, announcement.attributes)
        else { return nil }
        return Fault(
            location: announcement.location,
            message: "announce: \(announcement.prefix) to \(neighbor.key): \(why)")
    }

    /// The address that the kernel would send from; nothing is sent.
    private static func source(toward peer: Endpoint) -> IPAddress? {
        let family = peer.address.family == .v4 ? AF_INET : AF_INET6
        let socket = socket(family, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var (storage, length) = peer.socketAddress
        let isKnown = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(socket, address, length) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        return isKnown ? Endpoint(socketAddress: storage)?.address : nil
    }
}
