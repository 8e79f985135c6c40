// SPDX-License-Identifier: Apache-2.0

import BGPWire

@testable import BGPSpeaker

/// Two speakers that are each other's neighbour, the network between them and a clock: values all
/// of them, so that a day takes a second and each run can be had again.
struct MachineWorld {
    typealias Machine = NeighborStateMachine

    enum Side: Int, Hashable {
        case left, right
        var other: Side { self == .left ? .right : .left }
    }

    /// What a network does to an end of one connection.
    private enum Event {
        case connected
        case failed(String)
        case accepted
        case message(BGPMessage)
        case closed
    }

    private struct Entry {
        let due: Int64
        let order: Int
        let side: Side
        let connection: Int
        let event: Event
    }

    private struct Connection {
        let opener: Side
        /// Whose end is closed; nothing arrives there any more.
        var closed: Set<Side> = []
        /// When the last octet on its way to a side arrives: TCP keeps the order.
        var busyUntil: [Side: Int64] = [:]
    }

    private(set) var now: Int64 = 0
    private(set) var sides: [any SimulatedSpeaker]
    /// No packet gets through: attempts time out, connections hang.
    var isCut = false
    /// Milliseconds that a packet takes.
    var latency: ClosedRange<Int64>
    /// The neighbour is there and refuses connections.
    var refuses: Set<Side> = []
    private var queue: [Entry] = []
    private var order = 0
    private var connections: [Connection] = []
    /// The connection that fills an origin's place, and the one that is being opened.
    private var places: [[ConnectionOrigin: Int]] = [[:], [:]]
    private var attempts: [Int?] = [nil, nil]
    private var generator: SeededGenerator

    init(
        _ left: any SimulatedSpeaker, _ right: any SimulatedSpeaker,
        latency: ClosedRange<Int64> = 0...3, now: Int64 = 0, seed: UInt64
    ) {
        self.latency = latency
        self.now = now
        generator = SeededGenerator(seed: seed)
        sides = [left, right]
    }

    /// Those sides that are machines of ours.
    var kept: [KeptMachine] { sides.compactMap { $0 as? KeptMachine } }
    /// In a word, which a failure's report shows in place of the whole world.
    var outcome: String {
        isOneSession ? "one session" : "\(kept.map(\.state.rawValue))"
    }

    var faults: [String] { sides.flatMap(\.faults) }

    /// Both have one session, and it is the same connection.
    var isOneSession: Bool {
        let ends = sides.indices.map { index in
            sides[index].established.flatMap { places[index][$0] }
        }
        return ends[0] != nil && ends[0] == ends[1] && places.allSatisfy { $0.count == 1 }
    }

    mutating func give(_ side: Side, _ input: Machine.Input) {
        let actions = sides[side.rawValue].take(input, at: now)
        // The machine's view first: what it closes is closed before a later place is filled.
        for action in actions { perform(action, side) }
    }

    /// Runs what is due within so many milliseconds.
    mutating func run(milliseconds: Int64) {
        let end = now + milliseconds
        while let next = nextDue, next <= end {
            now = next
            step()
        }
        now = end
    }

    private var nextDue: Int64? {
        let moments = [sides[0].nextTimer?.due, sides[1].nextTimer?.due, queue.first?.due]
        return moments.compactMap { $0 }.min()
    }

    private mutating func step() {
        if let entry = queue.first, entry.due <= now {
            queue.removeFirst()
            deliver(entry)
            return
        }
        for side in [Side.left, .right] {
            guard let next = sides[side.rawValue].nextTimer, next.due <= now else { continue }
            return give(side, .fired(next.timer, Machine.Firing()))
        }
    }

    // MARK: Network

    private mutating func send(_ event: Event, to side: Side, _ connection: Int, after: Int64 = 0) {
        let travel = Int64.random(in: latency, using: &generator)
        let due = max(connections[connection].busyUntil[side] ?? 0, now + after + travel)
        connections[connection].busyUntil[side] = due
        order += 1
        let entry = Entry(
            due: due, order: order, side: side, connection: connection, event: event)
        let place =
            queue.lastIndex { ($0.due, $0.order) < (entry.due, entry.order) }.map { $0 + 1 } ?? 0
        queue.insert(entry, at: place)
    }

    private mutating func deliver(_ entry: Entry) {
        let (side, connection) = (entry.side, entry.connection)
        let index = side.rawValue
        if connections[connection].closed.contains(side) {
            // The kernel's answer to what comes for a socket that is gone.
            if case .message = entry.event, !isCut { send(.closed, to: side.other, connection) }
            return
        }
        switch entry.event {
        case .connected:
            guard attempts[index] == connection else { return }
            attempts[index] = nil
            places[index][.local] = connection
            give(side, .connected)
        case .failed(let why):
            guard attempts[index] == connection else { return }
            attempts[index] = nil
            give(side, .connectionFailed(why))
        case .accepted:
            arriving = connection
            give(side, .accepted)
        case .message(let message):
            guard let origin = origin(side, connection) else { return }
            give(side, .received(origin, message))
        case .closed:
            guard let origin = origin(side, connection) else { return }
            connections[connection].closed.insert(side)
            places[index][origin] = nil
            give(side, .connectionLost(origin, "the peer closed the connection"))
        }
    }

    private var arriving: Int?

    private func origin(_ side: Side, _ connection: Int) -> ConnectionOrigin? {
        places[side.rawValue].first { $0.value == connection }?.key
    }

    // MARK: Actions

    private mutating func perform(_ action: Machine.Action, _ side: Side) {
        let index = side.rawValue
        switch action {
        case .connect: connect(side)
        case .cancelAttempt:
            if let attempt = attempts[index] { hangUp(side, attempt) }
            attempts[index] = nil
        case .adopt:
            places[index][.peer] = arriving
            arriving = nil
        case .refuse(let notification):
            guard let connection = arriving else { return }
            arriving = nil
            say(.notification(notification), side, connection)
            hangUp(side, connection)
        case .sendOpen(let origin, let open): say(.open(open), side, places[index][origin])
        case .sendKeepalive(let origin): say(.keepalive, side, places[index][origin])
        case .sendNotification(let origin, let notification):
            say(.notification(notification), side, places[index][origin])
        case .close(let origin):
            guard let connection = places[index].removeValue(forKey: origin) else { return }
            hangUp(side, connection)
        case .sessionUp(let origin, _):
            say(Self.chat, side, places[index][origin])
        case .holdEndOfRIB, .releaseEndOfRIB, .arm, .disarm, .sessionDown, .deliver, .resend,
            .reportError:
            break
        }
    }

    /// What only a speaker with a session says, and what ours leaves unanswered.
    private static let chat = BGPMessage.routeRefresh(RouteRefreshMessage(family: .ipv6Unicast))

    private mutating func connect(_ side: Side) {
        connections.append(Connection(opener: side))
        let connection = connections.count - 1
        attempts[side.rawValue] = connection
        if isCut {
            return send(.failed("no answer"), to: side, connection, after: 10_000)
        }
        if refuses.contains(side.other) {
            return send(.failed("connection refused"), to: side, connection)
        }
        send(.connected, to: side, connection)
        send(.accepted, to: side.other, connection)
    }

    private mutating func say(_ message: BGPMessage, _ side: Side, _ connection: Int?) {
        guard let connection, !isCut else { return }
        send(.message(message), to: side.other, connection)
    }

    private mutating func hangUp(_ side: Side, _ connection: Int) {
        guard connections[connection].closed.insert(side).inserted, !isCut else { return }
        send(.closed, to: side.other, connection)
    }
}
