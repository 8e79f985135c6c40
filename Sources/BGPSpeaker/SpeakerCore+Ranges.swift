// SPDX-License-Identifier: Apache-2.0
//
// Ranges of neighbours: whoever calls from one gets a session of its own, which is forgotten with
// its connection.

import Addressing
import BGPWire
import Declarations
import NIOCore

extension SpeakerCore {
    /// The range that an address belongs to: the narrowest.
    func range(of address: IPAddress) -> NeighborDeclaration? {
        ranges.values.filter { $0.key.range?.contains(address) == true && !$0.shutdown }
            .max { ($0.key.rangeLength ?? 0) < ($1.key.rangeLength ?? 0) }
    }

    /// Members of a range, in order.
    func members(of range: NeighborKey) -> [NeighborKey] {
        members.filter { $0.value == range }.keys
            .sorted { $0.endpoint.address < $1.endpoint.address }
    }

    /// Gives a caller from a range its session, unless the range is full.
    func admit(
        _ connection: PeerConnection, from remote: Endpoint, to range: NeighborDeclaration
    ) {
        guard members.values.count(where: { $0 == range.key }) < range.rangePeersMax else {
            return refuse(connection, from: "\(remote): \(range.key) is full", .outOfResources)
        }
        guard isChecked(range.signature, connection) else {
            return refuse(connection, from: "\(remote), unsigned", .connectionRejected)
        }
        var neighbor = range
        neighbor.key = NeighborKey(
            endpoint: Endpoint(address: remote.address, port: 179, interface: remote.interface))
        let session = makeSession(neighbor)
        members[neighbor.key] = range.key
        session.replaceWanted(waiting[range.key] ?? [:])
        if lapsedUnixSeconds != nil { session.lapse() }
        session.start()
        session.adopt(connection)
    }

    /// Ends the sessions of ranges that are gone, and gives the others what changed in theirs.
    func updateMembers() {
        for (key, rangeKey) in members {
            guard let session = sessions[key] else { continue }
            guard let range = ranges[rangeKey] else {
                session.stop(.cease(.peerDeconfigured))
                forget(key)
                continue
            }
            var neighbor = range
            neighbor.key = key
            session.update(neighbor, identifier: identifier(of: neighbor))
        }
    }

    /// A member without a connection is not a neighbour any more.
    func forgetIfGone(_ session: NeighborSession) {
        let key = session.key
        guard members[key] != nil, session.connections.isEmpty else { return }
        // Not inside what the session is doing; and it may have another connection by then.
        loop.assumeIsolated().execute { [weak self, weak session] in
            guard let self, let session, sessions[key] === session, members[key] != nil,
                session.connections.isEmpty
            else { return }
            forget(key)
            refreshStatusSoon()
        }
    }

    /// What an operator sees of the range itself; its members follow.
    func status(ofRange key: NeighborKey) -> NeighborStatus? {
        guard let range = ranges[key] else { return nil }
        var status = NeighborStatus(
            key: key, description: range.description, localAS: range.localAS,
            peerAS: range.peerAS, sinceUnixSeconds: configuredUnixSeconds,
            localIdentifier: IPAddress(v4: identifier(of: range)))
        status.state = range.shutdown ? .idle : .active
        return status
    }

    /// A range has a route when one of its members has.
    func routes(ofRange key: NeighborKey) -> [RouteStatus] {
        let all = members(of: key).compactMap { sessions[$0] }
        return (waiting[key] ?? [:]).keys.sorted().map { prefix in
            let sent = all.lazy.compactMap { $0.routes.sent(prefix) }.first
            return RouteStatus(
                prefix: prefix, neighbor: key,
                sent: sent.map { AnnouncedAttributes($0.attributes) },
                sentUnixSeconds: sent?.unixSeconds,
                reason: sent == nil ? "no neighbour of the range has a session" : nil)
        }
    }
}
