// SPDX-License-Identifier: Apache-2.0

import Addressing
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A UDP server on loopback that answers each query as a test tells it.
final class DatagramResponder: Sendable {
    /// Answers with delays; the count is that of the queries before.
    typealias Script = @Sendable (_ query: [UInt8], _ count: Int) -> [(milliseconds: Int, [UInt8])]

    let endpoint: Endpoint
    private let channel: any Channel
    private let state: Log

    /// What the handler and the test share.
    private final class Log: Sendable {
        let sources = Mutex<[String]>([])
    }

    /// The source of every query so far.
    var sources: [String] { state.sources.withLock { $0 } }

    init(host: String = "127.0.0.1", port: Int = 0, _ script: @escaping Script) async throws {
        let state = Log()
        self.state = state
        channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(script: script, state: state))
                }
            }
            .bind(host: host, port: port).get()
        endpoint = try #require(
            Endpoint(host, defaultPort: UInt16(channel.localAddress?.port ?? 0)))
    }

    func close() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        let script: Script
        let state: Log

        init(script: @escaping Script, state: Log) {
            self.script = script
            self.state = state
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let channel = context.channel
            let count = state.sources.withLock {
                $0.append(envelope.remoteAddress.ipAddress ?? "?")
                return $0.count - 1
            }
            for (delay, bytes) in script(Array(envelope.data.readableBytesView), count) {
                channel.eventLoop.scheduleTask(in: .milliseconds(Int64(delay))) {
                    channel.writeAndFlush(
                        AddressedEnvelope(
                            remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: bytes)),
                        promise: nil)
                }
            }
        }
    }
}
