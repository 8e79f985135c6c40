// SPDX-License-Identifier: Apache-2.0

import BFD
import Declarations
import NIOCore

/// What the thread of BFD holds of a core, which may end before it.
struct WeakSpeakerCore {
    weak var core: SpeakerCore?
}

extension SpeakerCore {
    func configureBFD(_ neighbors: [NeighborDeclaration]) {
        // Neighbours that differ in their port alone share a session; the last one's wish counts.
        let pairs = neighbors.compactMap(\.bfdSession).map { ($0.peer, $0.settings) }
        let wanted = Dictionary(pairs, uniquingKeysWith: { $1 })
        let leaving = watched.filter { wanted[$0.key] == nil }
        watched = wanted
        bfd.configure(wanted.merging(leaving, uniquingKeysWith: { wanted, _ in wanted }))
        guard !leaving.isEmpty else { return }
        // The Cease goes first: BIRD takes AdminDown for a failure while its session is up.
        loop.assumeIsolated().scheduleTask(in: Self.leaveAfter) { [weak self] in
            guard let self, !isShutDown else { return }
            bfd.configure(watched)
        }
    }

    /// In which a Cease reaches the peer.
    private static let leaveAfter = TimeAmount.seconds(1)

    func bfdChanged(_ change: BFDChange) {
        refreshStatusSoon()
        // What the peer's operator does on purpose is no failure of the path (RFC 5882 §3.2).
        guard change.from == .up, !change.isRemoteAdminDown, !isShutDown else { return }
        for session in sessions.values where session.declaration.bfdSession?.peer == change.peer {
            session.bfdDown("BFD: \(change.diagnostic.words)")
        }
    }

    /// A neighbour with what BFD says of it.
    func status(of key: NeighborKey, _ watched: [BFDStatus]) -> NeighborStatus? {
        guard let session = sessions[key] else { return nil }
        var status = session.status
        if let peer = session.declaration.bfdSession?.peer {
            status.bfd = watched.first { $0.peer == peer }
        }
        return status
    }
}
