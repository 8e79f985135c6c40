// SPDX-License-Identifier: Apache-2.0
//
// One session in asynchronous mode (RFC 5880 §6.8), without sockets and without a clock: packets and
// fired timers go in, packets and timers come out. No echo, no demand mode of our own, no
// authentication. The owner finds the session a packet belongs to (§6.3) and checks its TTL.

/// The state machine of one BFD session. Times are microseconds of a monotonic clock.
public struct BFDStateMachine: Sendable {
    public enum Timer: Hashable, Sendable {
        case transmit, detection
    }

    public enum Input: Hashable, Sendable {
        case start
        case received(BFDPacket)
        case fired(Timer)
        /// The operator's settings have changed.
        case configure(BFDSettings)
        /// Holds the session down until `enable`; the peer is told so.
        case disable
        case enable
    }

    public enum Action: Hashable, Sendable {
        case send(BFDPacket)
        case arm(Timer, microseconds: UInt64)
        case disarm(Timer)
        case changed(from: BFDState, to: BFDState, BFDDiagnostic)
    }

    /// RFC 5880 §6.8.3: what a session that is not up sends no faster than.
    static let slowMicroseconds: UInt32 = 1_000_000

    public private(set) var settings: BFDSettings
    public private(set) var state = BFDState.down
    public private(set) var diagnostic = BFDDiagnostic.none
    public private(set) var remoteState = BFDState.down
    public private(set) var remoteDiagnostic = BFDDiagnostic.none
    public private(set) var remoteDiscriminator: UInt32 = 0
    public private(set) var remoteMultiplier: UInt8 = 0
    /// The peer's words: at least so long between its packets, and between ours.
    public private(set) var remoteDesiredMinTx: UInt32 = 0
    public private(set) var remoteMinRx: UInt32 = 1
    public let discriminator: UInt32
    private var remoteDemands = false
    /// We have asked and wait for a packet with F.
    private(set) var isPolling = false
    /// Ours as they hold now: a change for the slower waits for the end of the poll (§6.8.3).
    private var activeTx: UInt32
    private var activeRx: UInt32

    /// - Parameter discriminator: unique among our sessions, not 0.
    public init(settings: BFDSettings, discriminator: UInt32) {
        self.settings = settings
        self.discriminator = discriminator
        activeTx = max(settings.desiredMinTx, Self.slowMicroseconds)
        activeRx = settings.requiredMinRx
    }

    /// Takes one input; the actions are to be performed in order.
    public mutating func handle(
        _ input: Input, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch input {
        case .start:
            return schedule(&generator)
        case .received(let packet):
            return received(packet, &generator)
        case .fired(.transmit):
            guard sendsPeriodically else { return [] }
            return [.send(packet(poll: isPolling))] + schedule(&generator)
        case .fired(.detection):
            return expired(&generator)
        case .configure(let new):
            return configure(new, &generator)
        case .disable:
            guard state != .adminDown else { return [] }
            return move(to: .adminDown, .administrativelyDown, &generator) + [.disarm(.detection)]
        case .enable:
            guard state == .adminDown else { return [] }
            return move(to: .down, .none, &generator)
        }
    }

    /// How long the peer may be silent; 0 before it has spoken.
    public var detectionMicroseconds: UInt64 {
        UInt64(remoteMultiplier) * UInt64(max(activeRx, remoteDesiredMinTx))
    }

    /// Between two of our packets, before jitter.
    public var transmitMicroseconds: UInt64 { UInt64(max(activeTx, remoteMinRx)) }

    // MARK: Sending

    private var sendsPeriodically: Bool {
        if remoteMinRx == 0 { return false }
        if settings.isPassive, remoteDiscriminator == 0 { return false }
        // The peer is in demand mode and both know of each other: only a poll may be sent.
        return !(remoteDemands && state == .up && remoteState == .up) || isPolling
    }

    /// RFC 5880 §6.8.7: a quarter less at most, and a tenth at least when one loss is the end.
    private func schedule(_ generator: inout some RandomNumberGenerator) -> [Action] {
        guard sendsPeriodically else { return [.disarm(.transmit)] }
        let whole = transmitMicroseconds
        let most = settings.detectMultiplier == 1 ? whole * 9 / 10 : whole
        return [
            .arm(
                .transmit, microseconds: UInt64.random(in: whole * 3 / 4...most, using: &generator))
        ]
    }

    private var advertisedTx: UInt32 {
        state == .up ? settings.desiredMinTx : max(settings.desiredMinTx, Self.slowMicroseconds)
    }

    /// What is to be said now; the owner of a planned end sends it without waiting for the timer.
    public func packet(poll: Bool = false, final: Bool = false) -> BFDPacket {
        var packet = BFDPacket()
        packet.diagnostic = diagnostic
        packet.state = state
        // Never both (§6.8.7).
        packet.final = final
        packet.poll = poll && !final
        packet.detectMultiplier = settings.detectMultiplier
        packet.myDiscriminator = discriminator
        packet.yourDiscriminator = remoteDiscriminator
        packet.desiredMinTx = advertisedTx
        packet.requiredMinRx = settings.requiredMinRx
        return packet
    }

    // MARK: Changes

    private mutating func move(
        to next: BFDState, _ why: BFDDiagnostic, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let before = state
        state = next
        diagnostic = why
        // Up makes us faster, which holds at once; anything else makes us slow, and nobody relies on
        // the speed of a session that is not up. Up announces the new interval with a poll.
        activeTx = advertisedTx
        if next != .up { activeRx = settings.requiredMinRx }
        isPolling = next == .up && advertisedTx != Self.slowMicroseconds
        // The peer hears of it now, not an interval later.
        let news: [Action] = sendsPeriodically ? [.send(packet(poll: isPolling))] : []
        return [.changed(from: before, to: next, why)] + news + schedule(&generator)
    }

    private mutating func configure(
        _ new: BFDSettings, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let isTimingNew =
            new.desiredMinTx != settings.desiredMinTx || new.requiredMinRx != settings.requiredMinRx
        settings = new
        guard state == .up else {
            activeTx = advertisedTx
            activeRx = new.requiredMinRx
            return schedule(&generator)
        }
        // More often may begin now; less often only when the peer has said that it knows.
        activeTx = min(activeTx, new.desiredMinTx)
        activeRx = max(activeRx, new.requiredMinRx)
        if isTimingNew { isPolling = true }
        // The peer slows down when it hears of it, whether or not we hear its answer.
        return schedule(&generator) + [.arm(.detection, microseconds: detectionMicroseconds)]
    }

    private mutating func expired(_ generator: inout some RandomNumberGenerator) -> [Action] {
        remoteDiscriminator = 0
        guard state == .up || state == .initializing else { return schedule(&generator) }
        return move(to: .down, .detectionTimeExpired, &generator)
    }

    // MARK: Receiving

    private mutating func received(
        _ packet: BFDPacket, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let intervalBefore = transmitMicroseconds
        let sentBefore = sendsPeriodically
        remoteDiscriminator = packet.myDiscriminator
        remoteState = packet.state
        remoteDiagnostic = packet.diagnostic
        remoteDemands = packet.demand
        remoteMultiplier = packet.detectMultiplier
        remoteDesiredMinTx = packet.desiredMinTx
        remoteMinRx = packet.requiredMinRx
        if packet.final, isPolling {
            isPolling = false
            activeTx = advertisedTx
            activeRx = settings.requiredMinRx
        }
        guard state != .adminDown else { return [] }
        var actions = advance(packet.state, &generator)
        let hasMoved = !actions.isEmpty
        if packet.poll { actions.append(.send(self.packet(final: true))) }
        let isOtherPace =
            sendsPeriodically != sentBefore || transmitMicroseconds != intervalBefore
        if isOtherPace, !hasMoved { actions += schedule(&generator) }
        // The peer may be silent from here on for so long.
        actions.append(.arm(.detection, microseconds: detectionMicroseconds))
        return actions
    }

    /// RFC 5880 §6.8.6, the table at its end.
    private mutating func advance(
        _ remote: BFDState, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch (state, remote) {
        case (.initializing, .adminDown), (.up, .adminDown), (.up, .down):
            return move(to: .down, .neighborSignaledDown, &generator)
        case (.down, .down):
            return move(to: .initializing, diagnostic, &generator)
        case (.down, .initializing), (.initializing, .initializing), (.initializing, .up):
            return move(to: .up, .none, &generator)
        default:
            return []
        }
    }
}
