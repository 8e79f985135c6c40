// SPDX-License-Identifier: Apache-2.0
//
// The thread: wait for a packet, an order or the next timer; read everything first, so that a timer
// that is due because we were late does not take a peer for dead whose packet waits in the socket.

import CLinux
import Glibc
import Logging
import Synchronization

final class BFDLoop {
    private enum Key {
        static let wake: UInt64 = 0
        static let socket: UInt64 = 1
    }

    /// A session without a socket (no route, no address yet) tries again.
    private static let retryMicroseconds: UInt64 = 1_000_000
    private static let idleMilliseconds: Int32 = 1_000
    /// AdminDown is said so often before the end: one packet may be lost.
    private static let farewells = 3

    private let shared: BFDSpeaker.Shared
    private let poll: Int32
    private var sessions: [BFDPeer: BFDSession] = [:]
    private var byDiscriminator: [UInt32: BFDSession] = [:]
    private var listeners: [BFDListener] = []
    private var generator = SystemRandomNumberGenerator()
    private var isStatusDue = true
    private var nextStatus: UInt64 = 0

    init(_ shared: BFDSpeaker.Shared) {
        self.shared = shared
        poll = clinux_poll_create()
        clinux_poll_add(poll, shared.wake, Key.wake << 32)
    }

    deinit {
        close(poll)
    }

    func run() {
        let hurried = clinux_thread_hurry()
        if hurried != 0 {
            shared.logger.debug(
                "BFD: no real-time priority: \(String(cString: strerror(-hurried)))")
        }
        var events = [clinux_event](repeating: clinux_event(), count: Int(CLINUX_EVENTS_MAX))
        while true {
            let count = clinux_poll_wait(
                poll, &events, Int32(CLINUX_EVENTS_MAX), waitMilliseconds(clinux_now_microseconds())
            )
            if count > 0, events.prefix(Int(count)).contains(where: { $0.key >> 32 == Key.wake }) {
                clinux_wake_clear(shared.wake)
                if obey() { return }
            }
            for listener in listeners { read(listener) }
            fire(clinux_now_microseconds())
            publish()
        }
    }

    private func waitMilliseconds(_ now: UInt64) -> Int32 {
        guard let next = sessions.values.compactMap(\.nextDue).min() else {
            return Self.idleMilliseconds
        }
        guard next > now else { return 0 }
        return min(Self.idleMilliseconds, Int32(clamping: (next - now + 999) / 1_000))
    }

    // MARK: Orders

    /// True when this was the end.
    private func obey() -> Bool {
        let orders = shared.orders.withLock { orders in
            defer { orders.sessions = nil }
            return orders
        }
        if let wanted = orders.sessions { configure(wanted) }
        guard let patience = orders.stopsAfterMicroseconds else { return false }
        sayFarewell(patience, orders.onStopped)
        return true
    }

    private func configure(_ wanted: [BFDPeer: BFDSettings]) {
        let now = clinux_now_microseconds()
        for (peer, session) in sessions where wanted[peer] == nil {
            perform(session.machine.handle(.disable, using: &generator), session, now)
            byDiscriminator[session.machine.discriminator] = nil
            sessions[peer] = nil
        }
        for (peer, settings) in wanted {
            if let session = sessions[peer] {
                guard session.machine.settings != settings else { continue }
                perform(
                    session.machine.handle(.configure(settings), using: &generator), session, now)
            } else {
                let session = BFDSession(peer, settings, discriminator: freeDiscriminator())
                sessions[peer] = session
                byDiscriminator[session.machine.discriminator] = session
                open(session, now)
            }
        }
        dropListeners()
        isStatusDue = true
    }

    private func freeDiscriminator() -> UInt32 {
        while true {
            let number = UInt32.random(in: 1...UInt32.max, using: &generator)
            if byDiscriminator[number] == nil { return number }
        }
    }

    private func sayFarewell(_ patience: UInt64, _ onTold: [@Sendable () -> Void]) {
        let now = clinux_now_microseconds()
        for session in sessions.values {
            perform(session.machine.handle(.disable, using: &generator), session, now)
        }
        for told in onTold { told() }
        let pause = UInt32(clamping: patience / UInt64(Self.farewells))
        for _ in 1..<Self.farewells {
            usleep(pause)
            for session in sessions.values where session.machine.remoteDiscriminator != 0 {
                session.send(session.machine.packet())
            }
        }
        publish()
    }

    // MARK: Sockets

    private func open(_ session: BFDSession, _ now: UInt64) {
        session.nextRetry = nil
        do throws(BFDFailure) {
            let local = try session.connect()
            if !listeners.contains(where: { $0.serves(session.peer, local) }) {
                let listener = try BFDListener(
                    local, interface: session.peer.interface, port: session.peer.port)
                listeners.append(listener)
                clinux_poll_add(poll, listener.descriptor, Key.socket << 32)
            }
            session.failure = nil
            perform(session.machine.handle(.start, using: &generator), session, now)
        } catch {
            if session.failure != error.words {
                shared.logger.warning("BFD to \(session.peer): \(error.words); trying again")
            }
            session.failure = error.words
            session.disconnect()
            session.nextRetry = now + Self.retryMicroseconds
        }
        isStatusDue = true
    }

    private func dropListeners() {
        listeners.removeAll { listener in
            !sessions.values.contains { session in
                session.localAddress.map { listener.serves(session.peer, $0) } ?? false
            }
        }
    }

    private func read(_ listener: BFDListener) {
        while let datagram = listener.receive() {
            guard let session = find(datagram, listener) else { continue }
            isStatusDue = true
            guard let packet = datagram.packet,
                datagram.timeToLive >= session.timeToLiveMin
            else {
                session.packetsDiscarded += 1
                continue
            }
            session.packetsReceived += 1
            perform(
                session.machine.handle(.received(packet), using: &generator), session,
                clinux_now_microseconds())
        }
    }

    /// RFC 5880 §6.3: by our discriminator once the peer knows it, by its address before.
    private func find(_ datagram: BFDListener.Datagram, _ listener: BFDListener) -> BFDSession? {
        if let packet = datagram.packet, packet.yourDiscriminator != 0 {
            guard let session = byDiscriminator[packet.yourDiscriminator],
                session.peer.port == listener.port
            else {
                sessions.values.first { $0.isFrom(datagram, listener) }?.packetsDiscarded += 1
                return nil
            }
            return session
        }
        return sessions.values.first { $0.isFrom(datagram, listener) }
    }

    // MARK: Timers

    private func fire(_ now: UInt64) {
        for session in sessions.values {
            if let retry = session.nextRetry, retry <= now { open(session, now) }
            if let due = session.detection, due <= now {
                session.detection = nil
                perform(
                    session.machine.handle(.fired(.detection), using: &generator), session, now)
            }
            if let due = session.transmit, due <= now {
                session.transmit = nil
                session.latenessMax = max(session.latenessMax, now - due)
                perform(
                    session.machine.handle(.fired(.transmit), using: &generator), session, now)
            }
        }
    }

    private func perform(
        _ actions: [BFDStateMachine.Action], _ session: BFDSession, _ now: UInt64
    ) {
        for action in actions {
            switch action {
            case .send(let packet): session.send(packet)
            case .arm(.transmit, let microseconds): session.transmit = now + microseconds
            case .arm(.detection, let microseconds): session.detection = now + microseconds
            case .disarm(.transmit): session.transmit = nil
            case .disarm(.detection): session.detection = nil
            case .changed(let from, let to, let diagnostic):
                report(session, from, to, diagnostic)
            }
        }
    }

    private func report(
        _ session: BFDSession, _ from: BFDState, _ to: BFDState, _ diagnostic: BFDDiagnostic
    ) {
        isStatusDue = true
        let isRemote = session.machine.remoteState == .adminDown && to == .down
        shared.logger.log(
            level: from == .up ? .warning : to == .up ? .notice : .debug,
            "BFD to \(session.peer): \(from.words) to \(to.words)\(words(diagnostic, isRemote))")
        shared.onChange(
            BFDChange(
                peer: session.peer, from: from, to: to, diagnostic: diagnostic,
                isRemoteAdminDown: isRemote))
    }

    private func words(_ diagnostic: BFDDiagnostic, _ isRemoteAdminDown: Bool) -> String {
        if isRemoteAdminDown { return ": the peer's operator took it down" }
        return diagnostic == .none ? "" : ": \(diagnostic.words)"
    }

    // MARK: Status

    /// At changes, and once in a while for the counters.
    private func publish() {
        let now = clinux_now_microseconds()
        guard isStatusDue || now >= nextStatus else { return }
        isStatusDue = false
        nextStatus = now + Self.retryMicroseconds
        let status = sessions.values.map(\.status).sorted { $0.peer.address < $1.peer.address }
        shared.status.withLock { $0 = status }
    }
}
