// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import NIOCore

/// Notices what changed about servers, whoever changed it: probes and checks, scripts in control's VM,
/// policies in the plane's.
///
/// Confined to control's event loop. The slab's epoch says whether anything changed at all; only then
/// are servers looked at. Changes made on this loop are looked at in its next turn, those of the plane
/// at the next heart-beat.
final class ServerWatch {
    /// One server that went up or down, or was forced, since it was last looked at.
    struct Change {
        let server: ServerDeclaration
        /// `nil` for a server that was not there before.
        let wasUp: Bool?
        let isUp: Bool
        let wasForced: ForcedState
        let forced: ForcedState
    }

    /// Called for each server that went up or down, is new, or whose forced state changed.
    var onChange: (Change) -> Void = { _ in }

    private struct Seen {
        let server: ServerDeclaration
        let handle: ServerHandle
        var isUp: Bool?
        var forced: ForcedState
    }

    private let slab: ServerSlab
    private let loop: NIOIsolatedEventLoop
    private var seen: [Seen] = []
    private var epoch: UInt64 = 0
    private var isLookPending = false

    init(slab: ServerSlab, clock: ControlClock) {
        self.slab = slab
        loop = clock.loop
    }

    /// Takes the servers of a generation; what was known of one is kept by its identity and record.
    func apply(_ configuration: DeclaredConfiguration, handles: [ServerHandle]) {
        let known = Dictionary(seen.map { ($0.server.identity, $0) }) { one, _ in one }
        seen = zip(configuration.servers, handles).map { server, handle in
            let before = known[server.identity]
            return Seen(
                server: server, handle: handle,
                isUp: before?.handle == handle ? before?.isUp : nil,
                forced: before?.forced ?? server.initialState)
        }
        epoch = 0
        look()
    }

    /// Looks in the loop's next turn, once however often this is said.
    func lookSoon() {
        guard !isLookPending, slab.stateEpoch != epoch else { return }
        isLookPending = true
        loop.execute { [weak self] in
            self?.isLookPending = false
            self?.look()
        }
    }

    func look() {
        // Read first: a change while servers are looked at is found the next time.
        let now = slab.stateEpoch
        guard now != epoch else { return }
        epoch = now
        var changes: [Change] = []
        for index in seen.indices {
            let old = seen[index]
            let isUp = old.handle.isUp
            let forced = old.handle.forced
            guard isUp != old.isUp || forced != old.forced else { continue }
            seen[index].isUp = isUp
            seen[index].forced = forced
            changes.append(
                Change(
                    server: old.server, wasUp: old.isUp, isUp: isUp, wasForced: old.forced,
                    forced: forced))
        }
        for change in changes { onChange(change) }
    }
}
