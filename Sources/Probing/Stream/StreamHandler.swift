// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOTLS

/// Hands what a byte channel reads, and its end, to whoever owns it.
final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: (ByteBufferView) -> Void
    private let ended: ((any Error)?) -> Void
    private let secured: () -> Void

    /// `ended` is called with the error, then perhaps once more without one when the channel closes;
    /// `secured` when a TLS handshake has completed.
    init(
        received: @escaping (ByteBufferView) -> Void, ended: @escaping ((any Error)?) -> Void,
        secured: @escaping () -> Void = {}
    ) {
        self.received = received
        self.ended = ended
        self.secured = secured
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { secured() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received(unwrapInboundIn(data).readableBytesView)
    }

    func channelInactive(context: ChannelHandlerContext) { ended(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ended(error)
        context.close(promise: nil)
    }
}
