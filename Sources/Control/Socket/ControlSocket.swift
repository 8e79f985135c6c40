// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// The daemon's side of the control socket: a Unix socket that only its owner may open.
enum ControlSocket {
    typealias Handler = @Sendable (ControlRequest, ControlPeer) async -> ControlReply

    /// Binds `path` and serves it until the process ends. A socket that a dead daemon left is
    /// replaced; a live one's is kept by its ``InstanceLock``.
    ///
    /// The mode becomes 0600 after the bind: the umask is the whole process's, and a usual one lets
    /// nobody else write in between.
    static func open(
        path: String, on eventLoop: any EventLoop, handler: @escaping Handler
    ) async throws {
        _ = try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 16)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ControlConnection(handler: handler))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        guard chmod(path, 0o600) == 0 else {
            throw DaemonError.system(call: "chmod", object: path, code: errno)
        }
    }
}

/// One client: collects a line, has it answered, writes the reply and closes.
private final class ControlConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let handler: ControlSocket.Handler
    private var line = ByteBuffer()
    private var isAnswering = false

    init(handler: @escaping ControlSocket.Handler) {
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswering else { return }
        line.writeImmutableBuffer(unwrapInboundIn(data))
        if line.readableBytesView.contains(UInt8(ascii: "\n")) {
            answer(context: context)
        } else if line.readableBytes > ControlRequest.bytesMax {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(context: ChannelHandlerContext) {
        isAnswering = true
        let channel = context.channel
        let bytes = Data(line.readableBytesView)
        let handler = handler
        let who = ControlPeer.of(channel)
        channel.eventLoop.makeFutureWithTask { () -> ByteBuffer in
            let peer = try await who.get()
            let reply =
                if let request = try? JSONDecoder().decode(ControlRequest.self, from: bytes) {
                    await handler(request, peer)
                } else {
                    ControlReply(exitStatus: 1, message: "the request is not understood")
                }
            var encoded = try JSONEncoder().encode(reply)
            encoded.append(UInt8(ascii: "\n"))
            return ByteBuffer(bytes: encoded)
        }
        .flatMap { channel.writeAndFlush($0) }
        .whenComplete { _ in channel.close(promise: nil) }
    }
}
