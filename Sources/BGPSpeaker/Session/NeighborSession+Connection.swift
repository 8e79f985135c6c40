// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Logging
import NIOCore

extension NeighborSession {
    /// Opens a connection; the next input is `connected` or `connectionFailed`.
    func connect() {
        let connection = delegate.makeConnection()
        connection.owner = self
        attempt = connection
        delegate.dial(connection, for: self)
    }

    func attempt(_ connection: PeerConnection, failed error: any Error) {
        connection.discard()
        guard attempt === connection else { return }
        attempt = nil
        handle(.connectionFailed(ConnectionFailure.words(error)))
    }

    /// Takes a connection that the peer opened, unless the machine refuses it.
    func adopt(_ incoming: PeerConnection) {
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
        arriving = incoming
        handle(.accepted)
    }

    private func origin(of connection: PeerConnection) -> ConnectionOrigin? {
        connections.first { $0.value === connection }?.key
    }
}

extension NeighborSession: PeerConnection.Owner {
    func connectionIsUp(_ connection: PeerConnection) {
        attempt = nil
        connections[.local] = connection
        handle(.connected)
    }

    func connection(_ connection: PeerConnection, received frame: MessageFramer.Frame) {
        guard let origin = origin(of: connection) else { return }
        countReceived(frame.type)
        let context = UpdateContext(
            machine.links[origin]?.parameters, isInternal: declaration.isInternal)
        do throws(BGPWireError) {
            handle(.received(origin, try BGPMessage(frame, context: context)))
            if machine.links[origin]?.parameters?.isExtendedMessage == true {
                connection.allowExtendedMessages()
            }
        } catch {
            handle(.malformed(origin, error))
        }
    }

    func connection(_ connection: PeerConnection, malformed error: BGPWireError) {
        guard let origin = origin(of: connection) else { return }
        handle(.malformed(origin, error))
    }

    func connectionCanWrite(_ connection: PeerConnection) {
        sendRoutes()
    }

    func connection(_ connection: PeerConnection, lost reason: String) {
        if attempt === connection { attempt = nil }
        guard let origin = origin(of: connection) else { return }
        handle(.connectionLost(origin, reason))
    }
}
