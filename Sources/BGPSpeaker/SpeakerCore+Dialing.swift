// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import NIOCore
import NIOPosix

extension SpeakerCore {
    func dial(_ connection: PeerConnection, for session: NeighborSession) {
        let neighbor = session.declaration
        let settings = SocketSettings(neighbor)
        let bound = NIOLoopBound(connection, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(SocketSettings.connectSeconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try settings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        if let local = neighbor.localAddress {
            let zone = local.isLinkLocal ? neighbor.key.endpoint.interface : nil
            bootstrap = bootstrap.bind(
                to: Endpoint(address: local, port: 0, interface: zone).nioAddress)
        }
        bootstrap.connect(to: neighbor.key.endpoint.nioAddress).assumeIsolated().whenFailure {
            [weak session] error in
            session?.attempt(bound.value, failed: error)
        }
    }
}
