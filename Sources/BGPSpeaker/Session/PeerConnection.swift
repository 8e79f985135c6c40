// SPDX-License-Identifier: Apache-2.0

import BGPWire
import CLinux
import Glibc
import NIOCore
import NIOPosix

/// One TCP connection to a peer: frames what comes in, writes what its owner says, and closes so
/// that the last message is read.
///
/// Confined to the speaker's loop. After ``close()`` the owner hears nothing more.
final class PeerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    protocol Owner: AnyObject {
        func connectionIsUp(_ connection: PeerConnection)
        func connection(_ connection: PeerConnection, received frame: MessageFramer.Frame)
        func connection(_ connection: PeerConnection, malformed error: BGPWireError)
        func connectionCanWrite(_ connection: PeerConnection)
        func connection(_ connection: PeerConnection, lost reason: String)
    }

    /// How long a peer whose window is closed may keep our last message waiting: the hold time of
    /// a hurried session, and within a shutdown's deadline.
    static let flushSecondsMax: Int64 = 5
    /// How long a peer may take, once that message has left, to close its end.
    static let lingerSecondsMax: Int64 = 1

    weak var owner: (any Owner)?
    private(set) var channel: (any Channel)?
    private var framer = MessageFramer()
    private var isClosing = false
    /// Octets given to NIO, and those of them that the kernel has taken.
    private var writtenBytes: Int64 = 0
    private var takenBytes: Int64 = 0
    private var failure: String?
    private var end: Scheduled<Void>?
    private var onClosed: ((PeerConnection) -> Void)?

    init(onClosed: @escaping (PeerConnection) -> Void) {
        self.onClosed = onClosed
    }

    var isWritable: Bool { channel?.isWritable ?? false }
    var localAddress: SocketAddress? { channel?.localAddress }
    var remoteAddress: SocketAddress? { channel?.remoteAddress }

    /// Whether the kernel holds octets that were not read yet.
    var hasUnreadBytes: Bool {
        let peeked = try? channel?.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: CInt.self
        ) { socket in
            var octet: UInt8 = 0
            return recv(socket, &octet, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) > 0
        }
        return (peeked ?? nil) ?? false
    }

    func apply(_ settings: SocketSettings) throws {
        if let channel { try settings.apply(to: channel) }
    }

    func sign(_ signature: SocketSettings.Signature) throws {
        if let channel { try SocketSettings.sign(channel, signature) }
    }

    /// How far what was written has come; `nil` without a socket.
    var sending: NeighborStateMachine.Sending? {
        let queued = try? channel?.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: CInt.self
        ) { clinux_unsent_bytes($0) }
        guard let queued = queued ?? nil, queued >= 0 else { return nil }
        return NeighborStateMachine.Sending(
            waitingBytes: writtenBytes - takenBytes + Int64(queued),
            acknowledgedBytes: takenBytes - Int64(queued))
    }

    /// From here on the peer may send longer messages (RFC 8654).
    func allowExtendedMessages() {
        framer.bytesMax = MessageFramer.extendedMessageBytesMax
    }

    /// How long the kernel may wait for the peer's acknowledgement, or with a closed window.
    func setUserTimeout(milliseconds: Int) {
        // A socket that is closing already has no use for it.
        if let channel { try? SocketSettings.setUserTimeout(milliseconds, on: channel) }
    }

    func write(_ messages: [[UInt8]]) {
        guard let channel, !isClosing else { return }
        let count = messages.reduce(0) { $0 + $1.count }
        var buffer = channel.allocator.buffer(capacity: count)
        for message in messages { buffer.writeBytes(message) }
        writtenBytes += Int64(count)
        channel.writeAndFlush(buffer).assumeIsolated().whenSuccess { [weak self] in
            self?.takenBytes += Int64(count)
        }
    }

    /// Sends what was written, then our FIN, then waits for the peer's, for a bounded time: a close
    /// with unread octets in the socket would be a reset, and could overtake the NOTIFICATION.
    func close() {
        owner = nil
        guard !isClosing else { return }
        isClosing = true
        guard let channel else { return }
        let flushed = channel.eventLoop.makePromise(of: Void.self)
        closeAfter(.seconds(Self.flushSecondsMax))
        channel.close(mode: .output, promise: flushed)
        flushed.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            self?.closeAfter(.seconds(Self.lingerSecondsMax))
        }
    }

    private func closeAfter(_ time: TimeAmount) {
        end?.cancel()
        guard let channel else { return }
        end = channel.eventLoop.assumeIsolated().scheduleTask(in: time) {
            channel.close(promise: nil)
        }
    }

    /// Closes at once, whatever is still unsent.
    func abort() {
        owner = nil
        isClosing = true
        channel?.close(promise: nil)
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        channel = context.channel
    }

    func channelActive(context: ChannelHandlerContext) {
        guard !isClosing else {
            context.close(promise: nil)
            return
        }
        owner?.connectionIsUp(self)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard owner != nil else { return }
        framer.append(buffer.readableBytesView)
        do throws(BGPWireError) {
            while owner != nil, let frame = try framer.next() {
                owner?.connection(self, received: frame)
            }
        } catch {
            owner?.connection(self, malformed: error)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { owner?.connectionCanWrite(self) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            lose("the peer closed the connection")
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = ConnectionFailure.words(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        lose(failure ?? "the peer closed the connection")
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        discard()
    }

    /// The connection is gone, or never came to be.
    func discard() {
        isClosing = true
        end?.cancel()
        end = nil
        channel = nil
        onClosed?(self)
        onClosed = nil
    }

    private func lose(_ reason: String) {
        let last = owner
        owner = nil
        last?.connection(self, lost: reason)
    }
}
