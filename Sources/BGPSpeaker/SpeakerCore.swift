// SPDX-License-Identifier: Apache-2.0

import Addressing
import BFD
import BGPWire
import Declarations
import Logging
import NIOCore

/// The speaker's inside: all sessions, what control wants of them, and the lease on that.
///
/// Confined to the speaker's loop.
final class SpeakerCore {
    let loop: any EventLoop
    let logger: Logger
    private let board: StatusBoard
    private let onEvent: @Sendable (SpeakerEvent) -> Void
    private var routerID: UInt32
    private let sendHoldMilliseconds: Int?
    private let restart: NeighborStateMachine.Restart
    private(set) var sessions: [NeighborKey: NeighborSession] = [:]
    private(set) var ranges: [NeighborKey: NeighborDeclaration] = [:]
    /// Which range a session comes of.
    var members: [NeighborKey: NeighborKey] = [:]
    private(set) var configuredUnixSeconds = WallClock.unixSeconds
    private var order: [NeighborKey] = []
    /// As published for what has no session to keep it: ranges, and neighbours to come.
    private(set) var waiting: Speaker.WantedRoutes = [:]
    private var lease: Lease?
    var leaseTimer: Scheduled<Void>?
    private(set) var lapsedUnixSeconds: Double?
    private var isRefreshDue = false
    private var isHealthKnown = false
    var isShutDown = false
    var onAllClosed: (@Sendable () -> Void)?
    /// Every connection that is open, those that linger after their session's end included.
    var connections: [ObjectIdentifier: PeerConnection] = [:]
    var listeners: [Endpoint: any Channel] = [:]
    /// What each listener's socket checks the signatures of peers with.
    var listenerSignatures: [Endpoint: Set<SocketSettings.Signature>] = [:]
    let bfd: BFDSpeaker
    private(set) var addressWatch: AddressWatch?
    /// What is to be watched.
    var watched: [BFDPeer: BFDSettings] = [:]

    private struct Lease {
        let seconds: Double
        var deadline: NIODeadline
    }

    /// A lease timer that fires this late says that the loop slept: control slept with it.
    private static let lateMilliseconds: Int64 = 1_000

    init(
        routerID: UInt32, sendHoldMilliseconds: Int?, isPlannedRestart: Bool, loop: any EventLoop,
        board: StatusBoard, logger: Logger,
        onEvent: @escaping @Sendable (SpeakerEvent) -> Void
    ) {
        self.routerID = routerID
        self.sendHoldMilliseconds = sendHoldMilliseconds
        restart = NeighborStateMachine.Restart(
            isPlanned: isPlannedRestart,
            startMilliseconds: Int64(loop.now.uptimeNanoseconds / 1_000_000))
        self.loop = loop
        self.board = board
        self.logger = logger
        self.onEvent = onEvent
        let reach = NIOLoopBoundBox.makeEmptyBox(valueType: WeakSpeakerCore.self, eventLoop: loop)
        bfd = BFDSpeaker(logger: logger) { change in
            loop.execute { reach.value?.core?.bfdChanged(change) }
        }
        reach.value = WeakSpeakerCore(core: self)
        addressWatch = AddressWatch(
            loop: loop, settleMilliseconds: AddressWatch.renumberingMilliseconds, logger: logger
        ) { [weak self] in
            guard let self else { return }
            let interfaces = InterfaceAddresses.current()
            // Every host has some: the kernel could not be asked, and nothing is known to have changed.
            guard !interfaces.entries.isEmpty else { return }
            for session in sessions.values { session.addressesChanged(interfaces) }
        }
        addressWatch?.start()
    }

    // MARK: Configuration

    func configure(
        neighbors: [NeighborDeclaration], listeners: [Endpoint], routerID: UInt32?,
        done: @escaping @Sendable ([ListenFailure]) -> Void
    ) {
        guard !isShutDown else { return done([]) }
        if let routerID { self.routerID = routerID }
        let kept = Set(neighbors.map(\.key))
        for (key, session) in sessions where !kept.contains(key) && members[key] == nil {
            waiting[key] = session.routes.wanted
            session.stop(.cease(.peerDeconfigured))
            sessions[key] = nil
        }
        order = neighbors.map(\.key)
        configuredUnixSeconds = WallClock.unixSeconds
        ranges = Dictionary(
            neighbors.filter { $0.key.range != nil }.map { ($0.key, $0) },
            uniquingKeysWith: { $1 })
        for neighbor in neighbors where neighbor.key.range == nil {
            // A member that is named now is a neighbour of its own.
            members[neighbor.key] = nil
            if let session = sessions[neighbor.key] {
                session.update(neighbor, identifier: identifier(of: neighbor))
            } else {
                let session = makeSession(neighbor)
                session.replaceWanted(waiting.removeValue(forKey: neighbor.key) ?? [:])
                if lapsedUnixSeconds != nil { session.lapse() }
                session.start()
            }
        }
        updateMembers()
        configureBFD(neighbors)
        refreshStatusSoon()
        // Before anybody can call: what is accepted without a key stays without one.
        signListeners()
        listen(on: listeners, done: done)
    }

    func healthIsKnown() {
        isHealthKnown = true
        for session in sessions.values { session.handle(.healthIsKnown) }
    }

    /// How many of the sessions were established.
    func reset(_ key: NeighborKey, text: String) -> Int {
        guard !isShutDown else { return 0 }
        let cease = NotificationMessage.cease(.administrativeReset, text: text)
        let meant = sessions.filter { $0.key == key || members[$0.key] == key }.values
        let count = meant.count { $0.status.state == .established }
        for session in meant { session.reset(cease) }
        return count
    }

    func identifier(of neighbor: NeighborDeclaration) -> UInt32 {
        neighbor.routerID ?? routerID
    }

    func makeSession(_ neighbor: NeighborDeclaration) -> NeighborSession {
        let session = NeighborSession(
            neighbor, identifier: identifier(of: neighbor), loop: loop, logger: logger,
            delegate: self, sendHoldMilliseconds: sendHoldMilliseconds, restart: restart)
        sessions[neighbor.key] = session
        if isHealthKnown { session.handle(.healthIsKnown) }
        return session
    }

    func forget(_ key: NeighborKey) {
        sessions[key] = nil
        members[key] = nil
    }

    // MARK: Routes and their lease

    func publish(_ wanted: Speaker.WantedRoutes, leaseSeconds: Double?) {
        guard !isShutDown else { return }
        waiting = wanted.filter { sessions[$0.key] == nil }
        lease = leaseSeconds.map { Lease(seconds: $0, deadline: .now()) }
        let wasLapsed = lapsedUnixSeconds != nil
        lapsedUnixSeconds = nil
        startLease()
        for (key, session) in sessions {
            session.replaceWanted(wanted[members[key] ?? key] ?? [:])
        }
        refreshStatusSoon()
        if wasLapsed {
            logger.notice("control is back: routes are as it publishes them")
            onEvent(.leaseRestored)
        }
    }

    func update(_ changes: [NeighborKey: [WantedChange]]) {
        guard !isShutDown else { return }
        for (key, some) in changes {
            if let session = sessions[key], members[key] == nil {
                session.changeWanted(some)
                continue
            }
            for one in some { waiting[key, default: [:]][one.prefix] = one.route }
            for member in members(of: key) { sessions[member]?.changeWanted(some) }
        }
        refreshStatusSoon()
        renewLease()
    }

    func renewLease() {
        guard lapsedUnixSeconds == nil, !isShutDown else { return }
        startLease()
    }

    private func startLease() {
        guard var lease else {
            leaseTimer?.cancel()
            leaseTimer = nil
            return
        }
        lease.deadline = .now() + .nanoseconds(Int64(lease.seconds * 1e9))
        self.lease = lease
        if leaseTimer == nil { armLease(lease.deadline) }
    }

    /// One timer that looks again at the deadline it then finds: a renewal costs no timer.
    private func armLease(_ due: NIODeadline) {
        leaseTimer?.cancel()
        leaseTimer = loop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in
            guard let self, let lease else { return }
            leaseTimer = nil
            let now = NIODeadline.now()
            guard lease.deadline <= now else { return armLease(lease.deadline) }
            guard (now - due).nanoseconds < Self.lateMilliseconds * 1_000_000 else {
                logger.notice("the loop slept; the lease starts again")
                return startLease()
            }
            lapse(lease.seconds)
        }
    }

    private func lapse(_ seconds: Double) {
        lapsedUnixSeconds = WallClock.unixSeconds
        logger.error(
            "control has renewed no lease for \(seconds) s: routes go to their whenDown state")
        for session in sessions.values { session.lapse() }
        refreshStatusSoon()
        onEvent(.leaseLapsed)
    }

    // MARK: Status

    func routes(to neighbor: NeighborKey?) -> [RouteStatus] {
        (neighbor.map { [$0] } ?? order).flatMap { key -> [RouteStatus] in
            guard ranges[key] != nil else { return sessions[key]?.routeStatuses() ?? [] }
            return routes(ofRange: key)
                + members(of: key).flatMap { sessions[$0]?.routeStatuses() ?? [] }
        }
    }

    /// At the end of the loop's turn, once for all that changed in it.
    func refreshStatusSoon() {
        guard !isRefreshDue else { return }
        isRefreshDue = true
        loop.assumeIsolated().execute { [weak self] in
            guard let self else { return }
            isRefreshDue = false
            refreshStatus()
        }
    }

    private func refreshStatus() {
        let watched = bfd.status()
        board.status = SpeakerStatus(
            neighbors: order.flatMap { key -> [NeighborStatus] in
                let members = self.members(of: key).compactMap { self.status(of: $0, watched) }
                return [self.status(ofRange: key) ?? self.status(of: key, watched)]
                    .compactMap { $0 } + members
            },
            leaseLapsedUnixSeconds: lapsedUnixSeconds, isShutDown: isShutDown)
    }
}

extension SpeakerCore: NeighborSession.Delegate {
    func session(_ session: NeighborSession, did event: SpeakerEvent) {
        // Whoever hears of it may look at the status at once.
        switch event {
        case .stateChanged, .watchChanged: refreshStatus()
        case .routesReceived, .leaseLapsed, .leaseRestored: break
        }
        onEvent(event)
    }

    func sessionChanged(_ session: NeighborSession) {
        forgetIfGone(session)
        refreshStatusSoon()
    }

    func makeConnection() -> PeerConnection {
        let connection = PeerConnection { [weak self] closed in
            guard let self else { return }
            connections[ObjectIdentifier(closed)] = nil
            finishIfClosed()
        }
        connections[ObjectIdentifier(connection)] = connection
        return connection
    }
}
