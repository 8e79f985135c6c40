// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Logging
import NIOCore
import NIOPosix

extension NeighborSession {
    /// Opens a connection; the next input is `connected` or `connectionFailed`.
    func connect() {
        let connection = delegate.makeConnection()
        connection.owner = self
        let settings = SocketSettings(declaration)
        let bound = NIOLoopBound(connection, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(SocketSettings.connectSeconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try settings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        if let local = declaration.localAddress {
            let zone = local.isLinkLocal ? key.endpoint.interface : nil
            bootstrap = bootstrap.bind(
                to: Endpoint(address: local, port: 0, interface: zone).nioAddress)
        }
        attempt = connection
        bootstrap.connect(to: key.endpoint.nioAddress).assumeIsolated().whenFailure {
            [weak self, weak connection] error in
            connection?.discard()
            guard let self, let connection, attempt === connection else { return }
            attempt = nil
            handle(.connectionFailed(ConnectionFailure.words(error)))
        }
    }

    /// Takes a connection that the peer opened; an attempt of our own is given up for it.
    func adopt(_ incoming: PeerConnection) {
        attempt?.abort()
        attempt = nil
        incoming.owner = self
        do {
            try incoming.apply(SocketSettings(declaration))
        } catch {
            // Not without what protects it: the peer calls again.
            logger.error(
                "not taken: the connection's options: \(ConnectionFailure.words(error))")
            incoming.abort()
            return
        }
        use(incoming)
    }
}

extension NeighborSession: PeerConnection.Owner {
    func connectionIsUp(_ connection: PeerConnection) {
        attempt = nil
        use(connection)
    }

    func connection(_ connection: PeerConnection, received frame: MessageFramer.Frame) {
        countReceived()
        let context = UpdateContext(
            isFourOctetAS: machine.parameters?.isFourOctetAS ?? false,
            isInternal: declaration.isInternal)
        do throws(BGPWireError) {
            handle(.received(try BGPMessage(frame, context: context)))
        } catch {
            handle(.malformed(error))
        }
    }

    func connection(_ connection: PeerConnection, malformed error: BGPWireError) {
        handle(.malformed(error))
    }

    func connectionCanWrite(_ connection: PeerConnection) {
        sendRoutes()
    }

    func connection(_ connection: PeerConnection, lost reason: String) {
        if attempt === connection { attempt = nil }
        handle(.connectionLost(reason))
    }
}
