// SPDX-License-Identifier: Apache-2.0
//
// The kernel tells of every address that comes or goes, and of links, on a socket of rtnetlink(7). What
// it says is not read: whoever is told asks for all addresses anew, so that a message that was lost
// (ENOBUFS) costs nothing.

import CLinux
import Glibc
public import Logging
public import NIOCore
import NIOPosix

/// Calls back, on its loop, when addresses of this host have changed and no more do for a moment.
///
/// Confined to the loop. Where the kernel refuses the socket it says so once and stays silent.
public final class AddressWatch {
    /// Somebody who renumbers takes an address away before adding the next: the two are one change.
    static let renumberingMilliseconds: Int64 = 100
    /// Before the socket is opened again after an error.
    private static let retryMilliseconds: Int64 = 1_000

    private let loop: any EventLoop
    private let logger: Logger
    private let settleMilliseconds: Int64
    private let onChange: () -> Void
    private var channel: (any Channel)?
    private var pending: Scheduled<Void>?
    private var isStopped = false

    /// Changes within `settleMilliseconds` after the first are one; with 0 those of one turn of the
    /// loop are.
    public init(
        loop: any EventLoop, settleMilliseconds: Int64 = 0, logger: Logger,
        onChange: @escaping () -> Void
    ) {
        self.loop = loop
        self.settleMilliseconds = settleMilliseconds
        self.logger = logger
        self.onChange = onChange
    }

    public func start() {
        guard !isStopped else { return }
        let descriptor = clinux_address_events_open()
        guard descriptor >= 0 else {
            let words = String(cString: strerror(-descriptor))
            return logger.warning(
                "changes of this host's addresses are not seen (netlink: \(words))")
        }
        let reader = NIOLoopBound(AddressReader(watch: self), eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(reader.value)
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated().whenComplete { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let channel) where !isStopped: self.channel = channel
                case .success(let channel): channel.close(promise: nil)
                case .failure(let error):
                    close(descriptor)
                    logger.warning("changes of this host's addresses are not seen: \(error)")
                }
            }
    }

    public func stop() {
        isStopped = true
        pending?.cancel()
        channel?.close(promise: nil)
        channel = nil
    }

    fileprivate func changed() {
        guard pending == nil, !isStopped else { return }
        let wait = TimeAmount.milliseconds(settleMilliseconds)
        pending = loop.assumeIsolated().scheduleTask(in: wait) { [weak self] in
            self?.pending = nil
            self?.onChange()
        }
    }

    /// The socket is gone; what it would have told is asked for.
    fileprivate func closed() {
        channel = nil
        guard !isStopped else { return }
        changed()
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Self.retryMilliseconds)) {
            [weak self] in self?.start()
        }
    }
}

/// Reads what the kernel says, and throws it away.
private final class AddressReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private weak var watch: AddressWatch?

    init(watch: AddressWatch) {
        self.watch = watch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        watch?.changed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch?.closed()
        context.fireChannelInactive()
    }
}
