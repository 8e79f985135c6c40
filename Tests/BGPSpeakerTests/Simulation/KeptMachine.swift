// SPDX-License-Identifier: Apache-2.0

import BGPWire

@testable import BGPSpeaker

/// A machine with an owner that keeps books instead of sockets, and writes down every action that
/// no owner could perform: a second OPEN, a word after the last, a timer left behind.
struct KeptMachine: SimulatedSpeaker {
    typealias Machine = NeighborStateMachine

    /// A TCP connection as its owner knows it.
    private struct Socket {
        var hasSentOpen = false
        var hasSentNotification = false
    }

    private(set) var machine: Machine
    private(set) var timers: [Machine.Timer: Int64] = [:]
    private(set) var faults: [String] = []
    private(set) var isConnecting = false
    private(set) var attempts: [Int64] = []
    private(set) var sessions = 0
    private(set) var transitions = 0
    private(set) var keepalivesSent = 0
    private var sockets: [ConnectionOrigin: Socket] = [:]
    private var isArriving = false
    private var isUp = false
    private var generator: SeededGenerator

    init(_ settings: Machine.Settings, seed: UInt64, restart: Machine.Restart? = nil) {
        machine = Machine(settings: settings, restart: restart)
        generator = SeededGenerator(seed: seed)
    }

    static func settings(
        localAS: UInt32 = 65001, peerAS: UInt32 = 65002, identifier: UInt32 = 1,
        holdTimeSeconds: Int = 9, isPassive: Bool = false
    ) -> Machine.Settings {
        Machine.Settings(
            localAS: localAS, peerAS: peerAS, identifier: identifier,
            holdTimeSeconds: holdTimeSeconds, families: [.ipv4Unicast], isPassive: isPassive)
    }

    var state: NeighborState { machine.state }

    var established: ConnectionOrigin? {
        machine.links.first { $0.value.state == .established }?.key
    }

    /// The timer that is due first.
    var nextTimer: (timer: Machine.Timer, due: Int64)? {
        // Two of the same moment in an order that does not depend on hashing.
        let first = timers.min { ($0.value, $0.key.rank) < ($1.value, $1.key.rank) }
        return first.map { ($0.key, $0.value) }
    }

    /// Gives the machine an input and performs its actions in the books.
    @discardableResult
    mutating func take(_ input: Machine.Input, at now: Int64) -> [Machine.Action] {
        switch input {
        case .connected:
            isConnecting = false
            sockets[.local] = sockets[.local] ?? Socket()
        case .connectionFailed: isConnecting = false
        case .accepted: isArriving = true
        case .connectionLost(let origin, _): sockets[origin] = nil
        case .fired(let timer, _): timers[timer] = nil
        default: break
        }
        let before = state
        let actions = machine.handle(input, nowMilliseconds: now, using: &generator)
        for action in actions {
            if let fault = perform(action, now) {
                faults.append("\(now): \(before.rawValue): \(input): \(action): \(fault)")
            }
        }
        if state != before { transitions += 1 }
        faults += imbalances.map { "\(now): \(before.rawValue): \(input): \($0)" }
        return actions
    }

    private mutating func perform(_ action: Machine.Action, _ now: Int64) -> String? {
        switch action {
        case .connect:
            defer {
                isConnecting = true
                attempts.append(now)
            }
            if isConnecting || sockets[.local] != nil { return "a second one" }
            if let last = attempts.last, now - last < 1_000 { return "\(now - last) ms later" }
        case .cancelAttempt:
            defer { isConnecting = false }
            if !isConnecting { return "there is none" }
        case .adopt, .refuse:
            defer { isArriving = false }
            if !isArriving { return "nobody has come" }
            if case .adopt = action {
                if sockets[.peer] != nil { return "a second one" }
                sockets[.peer] = Socket()
            }
        case .sendOpen(let origin, _): return send(origin) { $0.hasSentOpen = true }
        case .sendKeepalive(let origin):
            keepalivesSent += 1
            return send(origin, needsOpen: true) { _ in }
        case .sendNotification(let origin, _):
            return send(origin, needsOpen: true) { $0.hasSentNotification = true }
        case .close(let origin): sockets[origin] = nil
        case .arm(let timer, let milliseconds):
            timers[timer] = now + Int64(milliseconds)
            if milliseconds <= 0 { return "at once" }
        case .disarm(let timer): timers[timer] = nil
        case .sessionUp(let origin, _):
            defer { isUp = true }
            sessions += 1
            if isUp || sockets[origin] == nil { return "up twice or without a connection" }
        case .sessionDown:
            defer { isUp = false }
            if !isUp { return "it was not up" }
        case .holdEndOfRIB, .releaseEndOfRIB: break
        case .deliver, .resend: if !isUp { return "there is no session" }
        case .reportError: break
        }
        return nil
    }

    private mutating func send(
        _ origin: ConnectionOrigin, needsOpen: Bool = false, _ change: (inout Socket) -> Void
    ) -> String? {
        guard var socket = sockets[origin] else { return "the connection is closed" }
        defer { sockets[origin] = socket }
        let isInOrder = socket.hasSentOpen == needsOpen && !socket.hasSentNotification
        change(&socket)
        return isInOrder ? nil : "out of order"
    }

    /// What must hold between any two inputs.
    private var imbalances: [String] {
        var found: [String] = []
        if isArriving { found.append("a connection of the peer's without an answer") }
        if Set(sockets.keys) != Set(machine.links.keys) { found.append("sockets \(sockets)") }
        if isUp != (state == .established) { found.append("session up \(isUp)") }
        if state == .idle, !(timers.isEmpty && sockets.isEmpty && !isConnecting) {
            found.append("idle with \(timers) \(sockets)")
        }
        if state == .connect, !isConnecting { found.append("nothing connects") }
        if state == .active, !machine.settings.isPassive, timers[.connectRetry] == nil {
            found.append("nothing will connect")
        }
        if state == .established, machine.links.count != 1 || isConnecting {
            found.append("not alone")
        }
        for (origin, link) in machine.links {
            let hold = link.parameters?.holdTimeSeconds
            if hold != 0 || link.state != .established, timers[.hold(origin)] == nil {
                found.append("\(origin) without hold")
            }
            if let hold, (hold > 0) != (timers[.keepalive(origin)] != nil) {
                found.append("\(origin): keepalive timer with hold \(hold)")
            }
        }
        return found
    }
}

extension NeighborStateMachine.Timer {
    /// For an order among timers that are due at once.
    fileprivate var rank: Int {
        switch self {
        case .connectRetry: 0
        case .collision: 1
        case .hold(let origin): origin == .local ? 2 : 3
        case .keepalive(let origin): origin == .local ? 4 : 5
        case .sendHold(let origin): origin == .local ? 6 : 7
        case .endOfRIB: 8
        }
    }
}
