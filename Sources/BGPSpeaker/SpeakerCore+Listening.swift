// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Glibc
import Logging
import NIOCore
import NIOPosix

extension SpeakerCore {
    /// Connections that the kernel may hold for us; peers come one by one.
    private static let backlog: Int32 = 64

    /// Binds what is new in `endpoints` and closes what is no longer there.
    func listen(
        on endpoints: [Endpoint], done: @escaping @Sendable ([ListenFailure]) -> Void = { _ in }
    ) {
        for (endpoint, channel) in listeners where !endpoints.contains(endpoint) {
            channel.close(promise: nil)
            listeners[endpoint] = nil
            listenerSignatures[endpoint] = nil
        }
        let core = NIOLoopBound(self, eventLoop: loop)
        let new = endpoints.filter { listeners[$0] == nil }
        let attempts = new.map { endpoint in
            bind(endpoint).map { ListenFailure?.none }.flatMapErrorThrowing { [core] error in
                core.value.listenerSignatures[endpoint] = nil
                return ListenFailure(endpoint: endpoint, reason: ConnectionFailure.words(error))
            }
        }
        EventLoopFuture.whenAllSucceed(attempts, on: loop).whenSuccess { results in
            done(results.compactMap { $0 })
        }
    }

    /// Gives every listener the keys of the neighbours that may call it, and takes back the others'.
    func signListeners() {
        for (endpoint, channel) in listeners { sign(endpoint, channel) }
    }

    private func sign(_ endpoint: Endpoint, _ channel: any Channel) {
        let family = endpoint.address.family
        let wanted = Set(
            (sessions.values.filter { members[$0.key] == nil }.map(\.declaration)
                + ranges.values).compactMap(\.signature)
                .filter { $0.peer.address.family == family })
        let known = listenerSignatures[endpoint] ?? []
        var held = known.intersection(wanted)
        for old in known.subtracting(wanted)
        where !wanted.contains(where: {
            $0.peer.address == old.peer.address && $0.prefixLength == old.prefixLength
        }) {
            var nothing = old
            nothing.key = ""
            // What is not taken back refuses a peer that does not sign: nothing is less safe for it.
            try? SocketSettings.sign(channel, nothing)
        }
        for signature in wanted.subtracting(known) {
            do {
                try SocketSettings.sign(channel, signature)
                held.insert(signature)
            } catch {
                let why = ConnectionFailure.words(error)
                logger.error(
                    "listening on \(endpoint): \(signature.peer.address) is refused: no key: \(why)"
                )
            }
        }
        listenerSignatures[endpoint] = held
    }

    /// Whether the kernel has checked what the connection's peer is to sign.
    func isChecked(
        _ signature: SocketSettings.Signature?, _ connection: PeerConnection
    ) -> Bool {
        guard let signature else { return true }
        let local = connection.localAddress.flatMap { Endpoint($0) }
        return listenerSignatures.contains { endpoint, held in
            endpoint.port == local?.port && held.contains(signature)
        }
    }

    private func bind(_ endpoint: Endpoint) -> EventLoopFuture<Void> {
        let core = NIOLoopBound(self, eventLoop: loop)
        let settings = SocketSettings(family: endpoint.address.family)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // A peer that checks the TTL checks that of our SYN's answer too.
                    try SocketSettings.setTimeToLive(255, on: channel, endpoint.address.family)
                    core.value.sign(endpoint, channel)
                    // One socket a family: an IPv4 peer must not appear as a mapped address.
                    guard endpoint.address.family == .v6 else { return }
                    try channel.syncOptions?.setOption(
                        ChannelOptions.Types.SocketOption(
                            level: .ipv6, name: NIOBSDSocket.Option(rawValue: IPV6_V6ONLY)),
                        value: 1)
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try settings.apply(to: channel)
                    let connection = core.value.makeConnection()
                    connection.owner = core.value
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(to: endpoint.nioAddress)
            .assumeIsolated().map { [weak self] channel in
                guard let self, !isShutDown else { return channel.close(promise: nil) }
                listeners[endpoint] = channel
                // A reload may have come between.
                sign(endpoint, channel)
                logger.info("listening for BGP on \(endpoint)")
            }.nonisolated()
    }
}

/// A connection that a peer opened belongs to the speaker until it is known whose it is.
extension SpeakerCore: PeerConnection.Owner {
    func connectionIsUp(_ connection: PeerConnection) {
        guard let remote = connection.remoteAddress.flatMap({ Endpoint($0) }) else {
            return refuse(connection, from: "a socket without an address", .connectionRejected)
        }
        let candidates = sessions.values.filter { session in
            // The interface of another than a link-local address is its socket's to see to.
            session.key.endpoint.address == remote.address
                && (!remote.address.isLinkLocal
                    || session.key.endpoint.interface == remote.interface)
        }
        if candidates.isEmpty, let range = range(of: remote.address) {
            return admit(connection, from: remote, to: range)
        }
        // Several may share an address and differ in port; who waits to be called comes first.
        let welcome = candidates.filter(\.acceptsConnection)
        guard let session = welcome.first(where: \.declaration.passive) ?? welcome.first else {
            let isSecond = candidates.contains { !$0.connections.isEmpty }
            return refuse(
                connection, from: "\(remote)",
                isSecond ? .connectionCollision : .connectionRejected)
        }
        // A member's connection is checked with its range's key.
        let declaration = members[session.key].flatMap { ranges[$0] } ?? session.declaration
        guard isChecked(declaration.signature, connection) else {
            return refuse(connection, from: "\(remote), unsigned", .connectionRejected)
        }
        session.adopt(connection)
    }

    /// Never in silence: the peer's operator reads why (RFC 4486 §4).
    func refuse(
        _ connection: PeerConnection, from peer: String,
        _ reason: NotificationMessage.Cease
    ) {
        let cease = NotificationMessage.cease(reason)
        logger.info("refused a connection from \(peer): \(cease.words)")
        connection.write([cease.encoded])
        connection.close()
    }

    func connection(_ connection: PeerConnection, received frame: MessageFramer.Frame) {}
    func connection(_ connection: PeerConnection, malformed error: BGPWireError) {}
    func connectionCanWrite(_ connection: PeerConnection) {}
    func connection(_ connection: PeerConnection, lost reason: String) {}
}
