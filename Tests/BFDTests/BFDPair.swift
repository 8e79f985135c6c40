// SPDX-License-Identifier: Apache-2.0

@testable import BFD

/// Two machines on a link that loses what it is told to, in simulated time.
struct BFDPair {
    struct Event: Equatable {
        var side: Int
        var microseconds: UInt64
        var to: BFDState
        var diagnostic: BFDDiagnostic
    }

    private struct Flight {
        var to: Int
        var due: UInt64
        var packet: BFDPacket
    }

    static let latency: UInt64 = 500
    var machines: [BFDStateMachine]
    var timers: [[BFDStateMachine.Timer: UInt64]] = [[:], [:]]
    private var flights: [Flight] = []
    private(set) var now: UInt64 = 0
    private(set) var events: [Event] = []
    /// When each side sent.
    private(set) var sent: [[(microseconds: UInt64, packet: BFDPacket)]] = [[], []]
    /// Whether what a side sends arrives.
    var carries = [true, true]
    var generator: SeededGenerator

    init(_ one: BFDSettings = BFDSettings(), _ other: BFDSettings = BFDSettings(), seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        machines = [
            BFDStateMachine(settings: one, discriminator: 11),
            BFDStateMachine(settings: other, discriminator: 22),
        ]
    }

    mutating func give(_ side: Int, _ input: BFDStateMachine.Input) {
        for action in machines[side].handle(input, using: &generator) {
            switch action {
            case .send(let packet):
                sent[side].append((now, packet))
                guard carries[side] else { continue }
                flights.append(Flight(to: 1 - side, due: now + Self.latency, packet: packet))
            case .arm(let timer, let microseconds): timers[side][timer] = now + microseconds
            case .disarm(let timer): timers[side][timer] = nil
            case .changed(_, let to, let diagnostic):
                events.append(
                    Event(side: side, microseconds: now, to: to, diagnostic: diagnostic))
            }
        }
    }

    mutating func start() {
        give(0, .start)
        give(1, .start)
    }

    mutating func run(milliseconds: UInt64) {
        let end = now + milliseconds * 1_000
        while let next = nextDue, next <= end {
            now = next
            if let index = flights.firstIndex(where: { $0.due == now }) {
                let flight = flights.remove(at: index)
                give(flight.to, .received(flight.packet))
                continue
            }
            for side in 0...1 {
                for timer in [BFDStateMachine.Timer.detection, .transmit]
                where timers[side][timer] == now {
                    timers[side][timer] = nil
                    give(side, .fired(timer))
                }
            }
        }
        now = end
    }

    private var nextDue: UInt64? {
        (flights.map(\.due) + timers.flatMap(\.values)).min()
    }
}
