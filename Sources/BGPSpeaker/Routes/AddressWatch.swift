// SPDX-License-Identifier: Apache-2.0
//
// The kernel tells of every address that comes or goes on a socket of rtnetlink(7), groups
// RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR. What it says is not read: whoever is told asks for all
// addresses anew, so that a message that was lost (ENOBUFS) costs nothing.

import Glibc
import Logging
import NIOCore
import NIOPosix

/// Calls back, on its loop, when addresses of this host have changed and no more do for a moment.
///
/// Confined to the loop. Where the kernel refuses the socket it says so once and stays silent: next
/// hops are then those of the session's start.
final class AddressWatch {
    /// Somebody who renumbers takes an address away before adding the next: the two are one change.
    static let settleMilliseconds: Int64 = 100
    /// Before the socket is opened again after an error.
    private static let retryMilliseconds: Int64 = 1_000

    private let loop: any EventLoop
    private let logger: Logger
    private let onChange: () -> Void
    private var channel: (any Channel)?
    private var pending: Scheduled<Void>?
    private var isStopped = false

    init(loop: any EventLoop, logger: Logger, onChange: @escaping () -> Void) {
        self.loop = loop
        self.logger = logger
        self.onChange = onChange
    }

    func start() {
        guard !isStopped else { return }
        let descriptor = Self.socket()
        guard descriptor >= 0 else {
            let words = String(cString: strerror(errno))
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

    func stop() {
        isStopped = true
        pending?.cancel()
        channel?.close(promise: nil)
        channel = nil
    }

    fileprivate func changed() {
        guard pending == nil, !isStopped else { return }
        let wait = TimeAmount.milliseconds(Self.settleMilliseconds)
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

    /// -1, with `errno`, when there is none to be had.
    private static func socket() -> CInt {
        // AF_NETLINK, NETLINK_ROUTE, and the groups 0x10 (IPv4) and 0x100 (IPv6).
        let descriptor = Glibc.socket(
            16, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        // struct sockaddr_nl: family and padding, port, groups.
        let address: [UInt32] = [16, 0, 0x110, 0]
        let code = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor, $0.baseAddress, 12) }
        }
        guard code == 0 else {
            let saved = errno
            close(descriptor)
            errno = saved
            return -1
        }
        return descriptor
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
