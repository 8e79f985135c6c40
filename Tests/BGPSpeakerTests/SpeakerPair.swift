// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging
import Testing

/// Two speakers on loopback: `announcer` connects, `router` listens and writes down what it hears.
struct SpeakerPair {
    let announcer: Speaker
    let router: Speaker
    let heard = EventLog()
    let told = EventLog()
    /// The router as the announcer knows it.
    var toRouter: NeighborDeclaration
    /// The announcer as the router knows it.
    var toAnnouncer: NeighborDeclaration
    let port: UInt16

    static let here = Declarations.SourceLocation(file: "test", line: 1)

    static var logger: Logger {
        var logger = Logger(label: "bgp")
        logger.logLevel = .critical
        return logger
    }

    init(address: IPAddress = .loopbackV4, internalAS: Bool = false) async throws {
        port = freePort()
        let routerAS: UInt32 = internalAS ? 65001 : 4_200_000_000
        toRouter = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: address, port: port)), localAS: 65001,
            peerAS: routerAS, location: Self.here)
        toRouter.families = [.ipv4Unicast, .ipv6Unicast]
        toAnnouncer = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: address, port: 179)),
            localAS: routerAS, peerAS: 65001, location: Self.here)
        toAnnouncer.families = [.ipv4Unicast, .ipv6Unicast]
        toAnnouncer.passive = true
        announcer = Speaker(routerID: 1, logger: Self.logger) { [told] in told.append($0) }
        router = Speaker(routerID: 2, logger: Self.logger) { [heard] in heard.append($0) }
        let failures = await withCheckedContinuation { continuation in
            router.configure(
                neighbors: [toAnnouncer],
                listeners: [Endpoint(address: address, port: port)],
                done: { continuation.resume(returning: $0) })
        }
        guard failures.isEmpty else { throw failures[0] }
    }

    func connect() async throws {
        announcer.configure(neighbors: [toRouter])
        try await eventually("a session") {
            announcer.status()[toRouter.key]?.state == .established
                && router.status()[toAnnouncer.key]?.state == .established
        }
    }

    func publish(_ routes: [String: RouteAttributes], leaseSeconds: Double? = nil) {
        publish(routes.mapValues { WantedRoute(attributes: $0) }, leaseSeconds: leaseSeconds)
    }

    func publish(_ routes: [String: WantedRoute], leaseSeconds: Double? = nil) {
        let pairs = routes.compactMap { text, route in IPPrefix(text).map { ($0, route) } }
        announcer.publish(
            [toRouter.key: Dictionary(uniqueKeysWithValues: pairs)], leaseSeconds: leaseSeconds)
    }

    func hears(_ lines: [String]) async throws {
        try await eventually("the router hears \(lines), not \(heard.routes)") {
            heard.routes == lines
        }
    }

    func end() async {
        await announcer.shutdown(text: "", deadlineSeconds: 2)
        await router.shutdown(text: "", deadlineSeconds: 2)
    }
}

func attributes(med: UInt32, nextHop: String? = nil) -> RouteAttributes {
    var attributes = RouteAttributes()
    attributes.med = med
    if let address = nextHop.flatMap({ IPAddress($0) }) { attributes.nextHop = .address(address) }
    return attributes
}
