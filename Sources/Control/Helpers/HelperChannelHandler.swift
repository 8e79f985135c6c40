// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Hands over what a helper's pipe brings.
final class HelperChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Event {
        case bytes(ByteBuffer)
        case ended
    }

    private let handle: (Event) -> Void

    init(_ handle: @escaping (Event) -> Void) {
        self.handle = handle
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        handle(.bytes(unwrapInboundIn(data)))
    }

    func channelInactive(context: ChannelHandlerContext) { handle(.ended) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
