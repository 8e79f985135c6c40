// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Hands what a query's UDP channel reads to the query.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let received: ([UInt8]) -> Void
    private let failed: (any Error) -> Void

    init(received: @escaping ([UInt8]) -> Void, failed: @escaping (any Error) -> Void) {
        self.received = received
        self.failed = failed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received(Array(unwrapInboundIn(data).data.readableBytesView))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { failed(error) }
}
