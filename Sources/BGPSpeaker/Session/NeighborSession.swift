// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Logging
import NIOCore

/// One neighbour: its state machine, its connections, its timers and what it has been sent.
///
/// Confined to the speaker's loop. It performs the machine's actions and decides nothing itself.
final class NeighborSession {
    /// What the speaker wants to know of its sessions.
    protocol Delegate: AnyObject {
        func session(_ session: NeighborSession, did event: SpeakerEvent)
        func sessionChanged(_ session: NeighborSession)
        func makeConnection() -> PeerConnection
        /// Opens `connection` for `session`, which hears of a failure by ``attempt(_:failed:)``.
        func dial(_ connection: PeerConnection, for session: NeighborSession)
    }

    /// Prefixes encoded between two looks at the socket.
    static let batchPrefixesMax = 1024

    private(set) var declaration: NeighborDeclaration
    var status: NeighborStatus
    var routes = AdjacencyOut()
    var received = AdjacencyIn()
    /// Of this host: a route with such a next hop is ours.
    var ownAddresses: Set<IPAddress> = []
    private(set) var machine: NeighborStateMachine
    var connections: [ConnectionOrigin: PeerConnection] = [:]
    /// The connection that is being opened.
    var attempt: PeerConnection?
    /// The connection that the peer has opened and that the machine has not decided about.
    var arriving: PeerConnection?
    var timers: [NeighborStateMachine.Timer: Scheduled<Void>] = [:]
    /// Sent once everything before it is: the Cease of an orderly shutdown.
    var farewell: NotificationMessage?
    /// Why the state is changing, while it does.
    private var reason: String?
    private var inputs: [(input: NeighborStateMachine.Input, reason: String?)] = []
    private var isHandling = false
    private var generator = SystemRandomNumberGenerator()
    /// As ``NeighborStateMachine/Settings/sendHoldMilliseconds``.
    private let sendHoldMilliseconds: Int?
    /// The time of day, seconds since 1970; nothing is decided by it.
    let wallClock: () -> Double
    let loop: any EventLoop
    let logger: Logger
    unowned let delegate: any Delegate

    var key: NeighborKey { declaration.key }
    var isIdle: Bool { machine.state == .idle && connections.isEmpty }

    init(
        _ declaration: NeighborDeclaration, identifier: UInt32, loop: any EventLoop,
        logger: Logger, delegate: any Delegate, sendHoldMilliseconds: Int? = nil,
        restart: NeighborStateMachine.Restart? = nil,
        wallClock: @escaping () -> Double = { WallClock.unixSeconds }
    ) {
        self.declaration = declaration
        self.sendHoldMilliseconds = sendHoldMilliseconds
        self.wallClock = wallClock
        self.loop = loop
        self.delegate = delegate
        var logger = logger
        logger[metadataKey: "neighbor"] = "\(declaration.key)"
        self.logger = logger
        machine = NeighborStateMachine(
            settings: .init(
                declaration, identifier: identifier, sendHoldMilliseconds: sendHoldMilliseconds),
            restart: restart)
        status = NeighborStatus(
            key: declaration.key, description: declaration.description,
            localAS: declaration.localAS, peerAS: declaration.peerAS,
            sinceUnixSeconds: wallClock(),
            localIdentifier: IPAddress(v4: identifier))
        watch()
    }

    // MARK: From the speaker

    func start() {
        guard !declaration.shutdown else { return }
        handle(.start)
    }

    /// Takes over a changed declaration of the same neighbour.
    func update(_ new: NeighborDeclaration, identifier: UInt32) {
        let isSameSession =
            new.hasSameSession(as: declaration) && machine.settings.identifier == identifier
        let isOtherKey = new.signature != declaration.signature
        declaration = new
        status.description = new.description
        watch()
        machine.settings = .init(
            new, identifier: identifier, sendHoldMilliseconds: sendHoldMilliseconds)
        status.localAS = new.localAS
        status.peerAS = new.peerAS
        status.localIdentifier = IPAddress(v4: identifier)
        if isSameSession {
            if isOtherKey { changeKey() }
            return delegate.sessionChanged(self)
        }
        let reason = "its configuration changed"
        if new.shutdown {
            handle(
                .stop(.cease(.administrativeShutdown)), reason: reason)
        } else if machine.state != .idle {
            handle(.reset(.cease(.otherConfigurationChange)), reason: reason)
        }
        if machine.state == .idle { start() }
    }

    /// BFD says that the neighbour cannot be reached: the hold timer is not waited for (RFC 5882 §4.2).
    func bfdDown(_ words: String) {
        handle(.bfdDown(words))
    }

    /// The peer's operator changes it within the hold time.
    private func changeKey() {
        guard let signature = declaration.signature, !connections.isEmpty else { return }
        do {
            for connection in connections.values { try connection.sign(signature) }
            logger.notice("the session goes on with another MD5 key")
        } catch {
            let why = "the new MD5 key: \(ConnectionFailure.words(error))"
            handle(.reset(.cease(.otherConfigurationChange)), reason: why)
        }
    }

    func replaceWanted(_ wanted: [IPPrefix: WantedRoute]) {
        guard farewell == nil else { return }
        routes.replaceWanted(wanted)
        sendRoutes()
    }

    func changeWanted(_ changes: [WantedChange]) {
        guard farewell == nil else { return }
        routes.changeWanted(changes)
        sendRoutes()
    }

    /// Control renews no lease: routes go to their `whenDown` state.
    func lapse() {
        guard farewell == nil else { return }
        routes.lapse()
        sendRoutes()
    }

    /// Ends the session now.
    func stop(_ notification: NotificationMessage) {
        handle(.stop(notification), reason: "sent \(notification.line)")
    }

    /// Ends the session and begins anew.
    func reset(_ notification: NotificationMessage) {
        let words = "sent \(notification.line)"
        if machine.state == .established { status.lastError = words }
        handle(.reset(notification), reason: words)
    }

    /// Withdraws everything, and ends the session once the peer's socket has taken that.
    func stopAfterWithdraw(_ notification: NotificationMessage) {
        guard machine.state == .established else { return stop(notification) }
        routes.replaceWanted([:])
        farewell = notification
        sendRoutes()
    }

    /// Ends the session for a restart: without a word where the neighbour keeps our routes meanwhile, as
    /// ``stopAfterWithdraw(_:)`` where it does not.
    func leave(_ notification: NotificationMessage) {
        guard machine.links.keys.contains(where: machine.keepsRoutes) else {
            return stopAfterWithdraw(notification)
        }
        handle(.leave(notification), reason: "left for a restart; the neighbor keeps the routes")
    }

    /// Whether a connection that the peer opened is welcome now.
    var acceptsConnection: Bool {
        machine.acceptsConnection && farewell == nil && arriving == nil
    }

    // MARK: Machine

    /// Gives the machine an input and performs what it answers. What happens meanwhile (a write
    /// that finds the connection gone) waits its turn, so that no action is performed in a state
    /// that is over.
    func handle(_ input: NeighborStateMachine.Input, reason: String? = nil) {
        inputs.append((input, reason))
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        while !inputs.isEmpty {
            let next = inputs.removeFirst()
            self.reason = next.reason
            handleNow(next.input)
        }
    }

    private func handleNow(_ input: NeighborStateMachine.Input) {
        let before = machine.state
        let now = Int64(loop.now.uptimeNanoseconds / 1_000_000)
        let actions = machine.handle(input, nowMilliseconds: now, using: &generator)
        for action in actions { perform(action) }
        if machine.state != before { changed(from: before) }
        if let farewell, before == .established, machine.state != .established {
            // It ended before it could be ended in order; it is not to come back.
            self.farewell = nil
            stop(farewell)
        }
        delegate.sessionChanged(self)
    }

    private func perform(_ action: NeighborStateMachine.Action) {
        switch action {
        case .connect:
            connect()
        case .cancelAttempt:
            attempt?.abort()
            attempt = nil
        case .adopt:
            connections[.peer] = arriving
            arriving = nil
        case .refuse(let notification):
            arriving?.write([notification.encoded])
            arriving?.close()
            arriving = nil
        case .sendOpen(let origin, let open):
            send(open.encoded, on: origin)
        case .sendKeepalive(let origin):
            send(BGPMessage.keepaliveBytes, on: origin)
        case .sendNotification(let origin, let notification):
            send(notification.encoded, on: origin)
        case .close(let origin):
            connections.removeValue(forKey: origin)?.close()
            if connections.isEmpty { status.forgetSession() }
        case .arm(let timer, let milliseconds):
            arm(timer, milliseconds: milliseconds)
        case .disarm(let timer):
            timers.removeValue(forKey: timer)?.cancel()
        case .sessionUp(let origin, let parameters):
            sessionUp(parameters, on: origin)
        case .sessionDown:
            routes.sessionDown()
            if received.sessionDown() { noteWatches() }
            routes.isEndOfRIBHeld = false
        case .holdEndOfRIB:
            routes.isEndOfRIBHeld = true
        case .releaseEndOfRIB:
            routes.isEndOfRIBHeld = false
            sendRoutes()
        case .deliver(let update):
            deliver(update)
        case .resend(let family):
            logger.info("asked for \(family) again")
            routes.refresh(family)
            sendRoutes()
        case .reportError(let words):
            status.lastError = words
            reason = words
        }
    }

    private func changed(from before: NeighborState) {
        let state = machine.state
        status.state = state
        status.sinceUnixSeconds = wallClock()
        let level: Logger.Level =
            before == .established
            ? .warning : state == .established ? .notice : reason == nil ? .debug : .info
        logger.log(
            level: level,
            "\(before.rawValue) to \(state.rawValue)\(reason.map { ": \($0)" } ?? "")")
        delegate.session(
            self, did: .stateChanged(key, from: before, to: state, reason: reason))
    }

    func send(_ message: [UInt8], on origin: ConnectionOrigin) {
        guard let connection = connections[origin] else { return }
        status.messagesSent += 1
        status.sent.count(message)
        status.localAddress = connection.localAddress.flatMap { Endpoint($0)?.address }
        connection.write([message])
    }
}
