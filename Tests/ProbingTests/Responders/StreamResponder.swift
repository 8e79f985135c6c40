// SPDX-License-Identifier: Apache-2.0

import Addressing
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// A TCP server on loopback: greets, and answers what it receives as a test tells it.
final class StreamResponder: Sendable {
    struct Reply: Sendable {
        var bytes: [UInt8] = []
        var closes = false
    }

    let endpoint: Endpoint
    private let channel: any Channel
    private let counts: Counts

    /// What the handlers and the test share.
    private final class Counts: Sendable {
        let accepted = Atomic(0)
        let open = Atomic(0)
    }

    var acceptedCount: Int { counts.accepted.load(ordering: .relaxed) }
    var openCount: Int { counts.open.load(ordering: .relaxed) }

    init(
        host: String = "127.0.0.1", port: Int = 0, greeting: Reply = Reply(),
        security: NIOSSLContext? = nil,
        _ script: @escaping @Sendable ([UInt8]) -> Reply = { _ in Reply() }
    ) async throws {
        let counts = Counts()
        self.counts = counts
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                counts.accepted.add(1, ordering: .relaxed)
                counts.open.add(1, ordering: .relaxed)
                channel.closeFuture.whenComplete { _ in counts.open.subtract(1, ordering: .relaxed)
                }
                return channel.eventLoop.makeCompletedFuture {
                    if let security {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: security))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(greeting: greeting, script: script))
                }
            }
            .bind(host: host, port: port).get()
        endpoint = try #require(
            Endpoint(host, defaultPort: UInt16(channel.localAddress?.port ?? 0)))
    }

    func close() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let greeting: Reply
        let script: @Sendable ([UInt8]) -> Reply

        init(greeting: Reply, script: @escaping @Sendable ([UInt8]) -> Reply) {
            self.greeting = greeting
            self.script = script
        }

        func channelActive(context: ChannelHandlerContext) { send(greeting, context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            send(script(Array(unwrapInboundIn(data).readableBytesView)), context)
        }

        private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
            if !reply.bytes.isEmpty {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply.bytes)), promise: nil)
            }
            if reply.closes { context.close(promise: nil) }
        }
    }
}
