// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Logging
import NIOCore
import NIOEmbedded

@testable import BGPSpeaker

/// Two whole sessions, as the speaker runs them, on one event loop whose clock the test moves, and
/// with a time of day that it moves as well, anywhere. The connection between them is two channels
/// without sockets.
final class SessionWorld {
    /// One speaker's place in the world.
    final class End: NeighborSession.Delegate {
        let wallClock: () -> Double
        var session: NeighborSession?
        private(set) var transitions: [NeighborState] = []
        private(set) var attempts: [NIODeadline] = []
        var onDial: (PeerConnection, NeighborSession) -> Void = { _, _ in }

        init(wallClock: @escaping () -> Double) {
            self.wallClock = wallClock
        }

        func session(_ session: NeighborSession, did event: SpeakerEvent) {
            if case .stateChanged(_, _, let state, _) = event { transitions.append(state) }
        }

        func sessionChanged(_ session: NeighborSession) {}

        func makeConnection() -> PeerConnection { PeerConnection { _ in } }

        func dial(_ connection: PeerConnection, for session: NeighborSession) {
            attempts.append(session.loop.now)
            onDial(connection, session)
        }
    }

    let loop = EmbeddedEventLoop()
    let caller: End
    let listener: End
    /// The listener's host answers with a reset.
    var refuses = false
    private var channels: [EmbeddedChannel] = []

    /// `wallClock` is asked whenever a session wants to know the time of day.
    init(holdTimeSeconds: Int, wallClock: @escaping () -> Double) {
        caller = End(wallClock: wallClock)
        listener = End(wallClock: wallClock)
        caller.session = session(caller, 65001, 65002, holdTimeSeconds, isPassive: false)
        listener.session = session(listener, 65002, 65001, 90, isPassive: true)
        caller.onDial = { [unowned self] connection, session in dial(connection, session) }
    }

    deinit {
        // A channel that is let go while it is open is a failure to NIO.
        for channel in channels { channel.close(promise: nil) }
        loop.run()
    }

    private func session(
        _ end: End, _ localAS: UInt32, _ peerAS: UInt32, _ holdTimeSeconds: Int, isPassive: Bool
    ) -> NeighborSession {
        var declaration = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: 179)),
            localAS: localAS, peerAS: peerAS, location: SpeakerPair.here)
        declaration.holdTimeSeconds = holdTimeSeconds
        declaration.passive = isPassive
        return NeighborSession(
            declaration, identifier: localAS, loop: loop, logger: SpeakerPair.logger,
            delegate: end, wallClock: end.wallClock)
    }

    func start() {
        caller.session?.start()
        listener.session?.start()
    }

    private func dial(_ connection: PeerConnection, _ session: NeighborSession) {
        let bound = NIOLoopBound(connection, eventLoop: loop)
        loop.assumeIsolated().execute { [self] in
            guard !refuses else {
                return session.attempt(
                    bound.value, failed: IOError(errnoCode: 111, reason: "connect"))
            }
            channels = []
            let accepted = listener.makeConnection()
            open(accepted, open: { [self] in listener.session?.adopt(accepted) })
            open(connection, open: {})
        }
    }

    /// Gives a connection a channel that is up.
    private func open(_ connection: PeerConnection, open: () -> Void) {
        let channel = EmbeddedChannel(loop: loop)
        let address = Endpoint(address: .loopbackV4, port: 179).nioAddress
        channel.localAddress = address
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
            try channel.connect(to: address).wait()
        } catch {
            preconditionFailure("a channel without a socket cannot fail: \(error)")
        }
        channels.append(channel)
        open()
    }

    /// Moves the clock, and what was written from one channel to the other.
    func advance(milliseconds: Int64) {
        loop.advanceTime(by: .milliseconds(milliseconds))
        guard channels.count == 2 else { return }
        for (from, to) in [(0, 1), (1, 0)] {
            while let bytes = try? channels[from].readOutbound(as: ByteBuffer.self) {
                // It is closed: what comes is lost, as with a socket.
                _ = try? channels[to].writeInbound(bytes)
            }
        }
    }
}
