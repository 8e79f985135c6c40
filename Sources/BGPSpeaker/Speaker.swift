// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Holds BGP sessions to all neighbours, on an event loop of its own.
///
/// Every member may be called from any thread; none waits for the speaker's loop, and the loop
/// waits for nobody. There is no Lua here: a script that hangs cannot cost a keepalive.
public final class Speaker: Sendable {
    /// Routes by neighbour, then by prefix.
    public typealias WantedRoutes = [NeighborKey: [IPPrefix: WantedRoute]]

    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let core: NIOLoopBoundBox<SpeakerCore?>
    private let board = StatusBoard()
    /// The loop has ended and takes nothing more.
    private let hasEnded = Atomic<Bool>(false)

    /// `routerID` is the BGP identifier of neighbours that declare none. `isPlannedRestart` says that
    /// the process before this one ended with ``shutdown(text:deadlineSeconds:keepingRoutes:)`` and
    /// that what it announced went on being served: neighbours that kept its routes go on doing so until
    /// they have ours. `onEvent` is called on the speaker's loop and must not block.
    public convenience init(
        routerID: UInt32, isPlannedRestart: Bool = false, logger: Logger,
        onEvent: @escaping @Sendable (SpeakerEvent) -> Void = { _ in }
    ) {
        self.init(
            routerID: routerID, isPlannedRestart: isPlannedRestart, sendHoldMilliseconds: nil,
            logger: logger, onEvent: onEvent)
    }

    /// `sendHoldMilliseconds` is how long a peer may take nothing of what we send; `nil` is what
    /// RFC 9687 says.
    init(
        routerID: UInt32, isPlannedRestart: Bool = false, sendHoldMilliseconds: Int?,
        logger: Logger,
        onEvent: @escaping @Sendable (SpeakerEvent) -> Void
    ) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        self.loop = loop
        core = NIOLoopBoundBox.makeEmptyBox(valueType: SpeakerCore.self, eventLoop: loop)
        loop.execute { [core, board] in
            core.value = SpeakerCore(
                routerID: routerID, sendHoldMilliseconds: sendHoldMilliseconds,
                isPlannedRestart: isPlannedRestart, loop: loop, board: board, logger: logger,
                onEvent: onEvent)
        }
    }

    /// The identifier of a node that declares none: its highest IPv4 address that is not loopback;
    /// 127.0.0.1 on a host that has no other.
    public static func defaultRouterID() -> UInt32 {
        InterfaceAddresses.current().routerID ?? IPAddress.loopbackV4.v4Bits
    }

    /// Makes `neighbors` the configured ones.
    ///
    /// A session is kept when nothing that it negotiated changed; it is reset with Cease (Other
    /// Configuration Change) when AS numbers, addresses, families or the like did, and ended with
    /// Cease (Peer De-configured) when its neighbour is gone. A new hold time or description waits
    /// for the next session. `done` is called on the speaker's loop once every listener is bound
    /// or has failed.
    public func configure(
        neighbors: [NeighborDeclaration], listeners: [Endpoint] = [], routerID: UInt32? = nil,
        done: @escaping @Sendable ([ListenFailure]) -> Void = { _ in }
    ) {
        post { core in
            guard let core else { return done([]) }
            core.configure(
                neighbors: neighbors, listeners: listeners, routerID: routerID, done: done)
        }
    }

    /// Replaces all wanted routes, and starts a lease of `leaseSeconds` on them (`nil`: none).
    ///
    /// Only what differs from what each neighbour has is sent, withdraws first. Routes of a
    /// neighbour that is not configured wait for it.
    public func publish(_ wanted: WantedRoutes, leaseSeconds: Double?) {
        post { $0?.publish(wanted, leaseSeconds: leaseSeconds) }
    }

    /// Changes what was published last by so much, and restarts its lease.
    ///
    /// A lapsed lease stays so, as with ``renewLease()``: what is changed is what will be wanted when
    /// all is published again.
    public func update(_ changes: [NeighborKey: [WantedChange]]) {
        post { $0?.update(changes) }
    }

    /// Restarts the lease of the last ``publish(_:leaseSeconds:)``.
    ///
    /// A lease that lapsed is not revived: what was wanted is old by then and is to be published
    /// again (`SpeakerEvent.leaseLapsed` and the status say so).
    public func renewLease() {
        post { $0?.renewLease() }
    }

    /// Says that what was published last is complete: every check has come to a verdict. End-of-RIB
    /// toward neighbours that keep our routes over a restart waits for it, up to half their restart
    /// time.
    public func healthIsKnown() {
        post { $0?.healthIsKnown() }
    }

    /// Ends one neighbour's session with Cease (Administrative Reset) and `text` (RFC 9003), and begins
    /// it anew; a range's key resets all its members. `done` is called on the speaker's loop with how
    /// many sessions were established.
    public func reset(
        _ neighbor: NeighborKey, text: String = "",
        done: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        post { done($0?.reset(neighbor, text: text) ?? 0) }
    }

    /// The neighbours as they were at the end of the loop's last turn.
    public func status() -> SpeakerStatus { board.status }

    /// Another one when a neighbour of ``status()`` came, went, changed its state or what it says of a
    /// watched prefix; counters do not count.
    public var sessionsVersion: UInt64 { board.sessionsVersion }

    /// Calls `body` on the speaker's loop with every wanted route and what became of it, sorted;
    /// with `neighbor` only with those toward it.
    public func routes(
        to neighbor: NeighborKey? = nil, _ body: @escaping @Sendable ([RouteStatus]) -> Void
    ) {
        post { body($0?.routes(to: neighbor) ?? []) }
    }

    /// ``routes(to:_:)`` for asynchronous callers.
    public func routes(to neighbor: NeighborKey? = nil) async -> [RouteStatus] {
        await withCheckedContinuation { continuation in
            routes(to: neighbor) { continuation.resume(returning: $0) }
        }
    }

    /// Withdraws every route, flushes, sends Cease (Administrative Shutdown) with `text`
    /// (RFC 9003), and closes. After `deadlineSeconds` what is still open is closed as it is.
    ///
    /// With `keepingRoutes`, for a process that is started again at once, neighbours that keep our
    /// routes over a restart (RFC 4724, `gracefulRestart` with a time) are left without a word.
    ///
    /// It needs nothing from control, and `done` is always called, on the speaker's loop.
    public func shutdown(
        text: String, deadlineSeconds: Double = 5, keepingRoutes: Bool = false,
        done: @escaping @Sendable () -> Void
    ) {
        post { core in
            guard let core else { return done() }
            core.shutdown(
                text: text, deadlineSeconds: deadlineSeconds, keepingRoutes: keepingRoutes,
                done: done)
        }
    }

    /// ``shutdown(text:deadlineSeconds:keepingRoutes:done:)`` for asynchronous callers; ends the loop as
    /// well.
    public func shutdown(
        text: String, deadlineSeconds: Double = 5, keepingRoutes: Bool = false
    ) async {
        await withCheckedContinuation { continuation in
            shutdown(
                text: text, deadlineSeconds: deadlineSeconds, keepingRoutes: keepingRoutes
            ) { continuation.resume() }
        }
        guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
        // Nothing is left to lose: an error here is a loop that had ended already.
        try? await group.shutdownGracefully()
    }

    /// Runs `body` on the loop; without a core, and here, once the loop has ended.
    private func post(_ body: @escaping @Sendable (SpeakerCore?) -> Void) {
        guard !hasEnded.load(ordering: .relaxed) else { return body(nil) }
        loop.execute { [core] in body(core.value) }
    }
}
