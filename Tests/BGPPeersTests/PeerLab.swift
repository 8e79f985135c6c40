// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging
import TestPeers
import Testing

/// The speaker in one network namespace and a router in another, joined by a cable, both on port 179.
final class PeerLab: Sendable {
    /// The transport of a session.
    enum Transport: String, CaseIterable, Sendable, CustomStringConvertible {
        case v4 = "IPv4"
        case v6 = "IPv6"

        var description: String { rawValue }
        var ours: String { self == .v4 ? "10.0.0.1" : "2001:db8:0:1::1" }
        var theirs: String { self == .v4 ? "10.0.0.2" : "2001:db8:0:1::2" }
        /// What is announced over it.
        var prefix: String { self == .v4 ? "192.0.2.53/32" : "2001:db8:53::53/128" }
    }

    static let holdTimeSeconds = 3

    let kind: RouterKind
    let here: NetworkNamespace
    let there: NetworkNamespace
    let router: any RouterPeer
    let speaker: Speaker
    let neighbors: [Transport: NeighborDeclaration]

    private init(
        _ kind: RouterKind, _ transports: [Transport], asn: UInt32,
        session: (inout RouterSession) -> Void, neighbor: (inout NeighborDeclaration) -> Void
    ) async throws {
        self.kind = kind
        let here = try await NetworkNamespace()
        let there = try await NetworkNamespace()
        self.here = here
        self.there = there
        try await here.connect(
            to: there, device: "bgp0",
            addresses: ["\(Transport.v4.ours)/24", "\(Transport.v6.ours)/64"],
            otherAddresses: ["\(Transport.v4.theirs)/24", "\(Transport.v6.theirs)/64"])
        let sessions = transports.map { transport in
            var declared = RouterSession(neighbor: transport.ours, address: transport.theirs)
            declared.holdTimeSeconds = Self.holdTimeSeconds
            session(&declared)
            return declared
        }
        neighbors = try Dictionary(
            uniqueKeysWithValues: transports.map { transport in
                var declared = try Self.declaration(transport, asn: asn)
                neighbor(&declared)
                return (transport, declared)
            })
        router = try await kind.start(RouterSettings(asn: asn, sessions: sessions), in: there)
        var logger = Logger(label: "bgp")
        logger.logLevel = .critical
        // A copy for the closure, which another thread runs.
        let quiet = logger
        speaker = try await here.inside { Speaker(routerID: 0x0a00_0001, logger: quiet) }
    }

    private static func declaration(
        _ transport: Transport, asn: UInt32
    ) throws -> NeighborDeclaration {
        let address = try #require(IPAddress(transport.theirs))
        var declared = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: address, port: 179)), localAS: 65_001,
            peerAS: asn, location: SourceLocation(file: "test", line: 1))
        declared.localAddress = IPAddress(transport.ours)
        declared.families = [.ipv4Unicast, .ipv6Unicast]
        declared.holdTimeSeconds = holdTimeSeconds
        return declared
    }

    /// Starts both, runs `body`, and ends both whatever came of it.
    ///
    /// - Parameters:
    ///   - asn: the router's; 65001 is ours too.
    ///   - session: changes how the router knows us.
    ///   - neighbor: changes how we know the router.
    static func run(
        _ kind: RouterKind, _ transports: [Transport] = Transport.allCases, asn: UInt32 = 65_002,
        session: (inout RouterSession) -> Void = { _ in },
        neighbor: (inout NeighborDeclaration) -> Void = { _ in },
        _ body: (PeerLab) async throws -> Void
    ) async throws {
        let lab = try await PeerLab(
            kind, transports, asn: asn, session: session, neighbor: neighbor)
        do {
            try await body(lab)
        } catch {
            Issue.record("\(kind): \(error)\n\(lab.summary)")
        }
        await lab.speaker.shutdown(text: "", deadlineSeconds: 2)
        await lab.router.stop()
    }

    /// Both ends' words, for messages.
    var summary: String {
        let neighbors = speaker.status().neighbors.map { neighbor in
            "\(neighbor.key) \(neighbor.state) \(neighbor.lastError ?? "")"
        }
        return neighbors.joined(separator: "\n") + "\n" + router.log.suffix(4_000)
    }

    // MARK: The speaker's end

    func call() {
        speaker.configure(neighbors: Transport.allCases.compactMap { neighbors[$0] })
    }

    /// Calls, and waits for both ends of each session.
    func establish() async throws {
        call()
        try await waitUntilEstablished()
    }

    func waitUntilEstablished(withinSeconds seconds: Double = 20) async throws {
        for transport in neighbors.keys {
            try await wait("session over \(transport)", withinSeconds: seconds) {
                self.status(transport)?.state == .established
            }
            try await router.waitUntilEstablished(transport.ours)
        }
    }

    func status(_ transport: Transport) -> NeighborStatus? {
        neighbors[transport].flatMap { speaker.status()[$0.key] }
    }

    /// Waits for something at our own end.
    func wait(
        _ what: String, withinSeconds seconds: Double = 15, _ isSo: @Sendable () -> Bool
    ) async throws {
        try await eventually(
            what, withinSeconds: seconds, otherwise: self.summary, everyMilliseconds: 5
        ) { isSo() ? true : nil }
    }

    /// Announces, over each session, that session's prefix alone.
    func publish(_ attributes: RouteAttributes = RouteAttributes()) throws {
        var wanted: Speaker.WantedRoutes = [:]
        for (transport, neighbor) in neighbors {
            let prefix = try #require(IPPrefix(transport.prefix))
            wanted[neighbor.key] = [prefix: WantedRoute(attributes: attributes)]
        }
        speaker.publish(wanted, leaseSeconds: nil)
    }

    func withdraw() {
        speaker.publish([:], leaseSeconds: nil)
    }
}
