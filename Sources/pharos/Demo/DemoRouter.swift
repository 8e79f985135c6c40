// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging
import Synchronization

/// The demonstration's router: a passive BGP speaker on loopback that shows what it was told.
final class DemoRouter: Sendable {
    /// The router's own AS and the daemon's, of those for private use (RFC 6996).
    static let routerAS: UInt32 = 64601
    static let daemonAS: UInt32 = 64600

    let endpoint: Endpoint
    private let speaker: Speaker
    private let table: Table

    private final class Table: Sendable {
        let routes = Mutex<[IPPrefix: AnnouncedAttributes]>([:])
    }

    /// Listens on `endpoint` for a daemon that comes from 127.0.0.1.
    init(on endpoint: Endpoint, logger: Logger) async throws {
        let table = Table()
        self.table = table
        self.endpoint = endpoint
        speaker = Speaker(routerID: endpoint.address.v4Bits, logger: logger) { event in
            switch event {
            case .routesReceived(_, let announced, let attributes, let withdrawn):
                table.routes.withLock { routes in
                    for prefix in withdrawn { routes[prefix] = nil }
                    for prefix in announced { routes[prefix] = attributes }
                }
            case .stateChanged(_, _, let state, _):
                if state != .established { table.routes.withLock { $0.removeAll() } }
            case .leaseLapsed, .leaseRestored, .watchChanged:
                break
            }
        }
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: 179)),
            localAS: Self.routerAS, peerAS: Self.daemonAS,
            location: SourceLocation(file: "demo", line: 1))
        neighbor.passive = true
        neighbor.localAddress = endpoint.address
        let declared = neighbor
        let speaker = speaker
        let failures = await withCheckedContinuation { continuation in
            speaker.configure(neighbors: [declared], listeners: [endpoint]) {
                continuation.resume(returning: $0)
            }
        }
        if let failure = failures.first { throw failure }
    }

    /// What it has been told and was not taken back, sorted.
    var routes: [(prefix: IPPrefix, attributes: AnnouncedAttributes)] {
        table.routes.withLock { $0 }.sorted { $0.key < $1.key }.map {
            (prefix: $0.key, attributes: $0.value)
        }
    }

    func stop() async {
        await speaker.shutdown(text: "the demonstration ends", deadlineSeconds: 1)
    }
}
