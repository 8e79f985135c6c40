// SPDX-License-Identifier: Apache-2.0

import CLinux
import Logging
import NIOCore
import NIOPosix

/// Tells at once when an address or a link of this host came, went or changed (rtnetlink(7)).
///
/// Confined to an event loop. Where the kernel does not tell, the heart-beat's look is all there is.
final class AddressWatch {
    private let loop: any EventLoop
    private let logger: Logger
    private let onChange: () -> Void
    private var channel: (any Channel)?
    private var isStopped = false

    init(loop: any EventLoop, logger: Logger, onChange: @escaping () -> Void) {
        self.loop = loop
        self.logger = logger
        self.onChange = onChange
    }

    func start() {
        let descriptor = clinux_address_events_open()
        guard descriptor >= 0 else {
            return logger.warning(
                "the kernel tells of no addresses, they are looked at once a second",
                metadata: ["error": "\(HostError(code: -descriptor))"])
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(bound.value))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel): self.adopt(channel)
                case .failure(let error): self.logger.warning("addresses are not told: \(error)")
                }
            }
    }

    func stop() {
        isStopped = true
        channel?.close(promise: nil)
    }

    private func adopt(_ channel: any Channel) {
        self.channel = channel
        if isStopped { channel.close(promise: nil) }
    }

    /// More came at once than the socket holds (ENOBUFS): look, and listen anew.
    fileprivate func ended() {
        guard !isStopped else { return }
        onChange()
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .seconds(1)) {
            if !bound.value.isStopped { bound.value.start() }
        }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let watch: AddressWatch

        init(_ watch: AddressWatch) {
            self.watch = watch
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            watch.onChange()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

        func channelInactive(context: ChannelHandlerContext) {
            watch.ended()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
