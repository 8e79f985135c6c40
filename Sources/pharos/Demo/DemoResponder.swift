// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// A nameserver of the demonstration: answers every question with one address record that tells
/// which responder answered, over UDP and TCP on one loopback port.
actor DemoResponder {
    nonisolated let name: String
    /// The last octet of 192.0.2.N in its answers (RFC 5737: documentation).
    nonisolated let number: UInt8
    private(set) var port = 0
    private var channels: [any Channel] = []
    private let group: any EventLoopGroup

    init(number: UInt8, group: any EventLoopGroup) {
        self.number = number
        self.group = group
        name = "dns\(number)"
    }

    var isAlive: Bool { !channels.isEmpty }

    /// Binds the port it had, or a free one the first time.
    func start() async throws {
        guard channels.isEmpty else { return }
        let number = number
        let datagram = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramAnswers(number: number))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        port = datagram.localAddress?.port ?? port
        channels = [datagram]
        let stream = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ByteToMessageHandler(FrameDecoder()))
                    try channel.pipeline.syncOperations.addHandler(StreamAnswers(number: number))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        channels.append(stream)
    }

    /// Closes its sockets: queries are refused from now on, as when a daemon died.
    func stop() async throws {
        let closing = channels
        channels = []
        for channel in closing { try await channel.close() }
    }
}

/// The answer of responder `number` to a query; `nil` for what is no query.
private func answer(to query: ByteBuffer, number: UInt8) -> ByteBuffer? {
    var message = query
    guard let question = questionEnd(in: query),
        query.getInteger(at: 2, as: UInt8.self)! & 0x80 == 0
    else { return nil }  // a question ends beyond the header's twelve octets
    message.moveWriterIndex(to: question)
    let recursionDesired = query.getInteger(at: 2, as: UInt8.self)! & 1  // as above
    message.setInteger(0x84 | recursionDesired, at: 2)
    message.setInteger(UInt8(0x80), at: 3)
    let isAddressQuery = query.getInteger(at: question - 4, as: UInt16.self) == 1
    for (index, count) in [1, isAddressQuery ? 1 : 0, 0, 0].enumerated() {
        message.setInteger(UInt16(count), at: 4 + 2 * index)
    }
    if isAddressQuery {
        // A pointer to the question's name, A, IN, 5 s, four octets (RFC 1035 §4.1.3).
        message.writeBytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, number])
    }
    return message
}

/// The offset after the first question, bounded by the message.
private func questionEnd(in query: ByteBuffer) -> Int? {
    var offset = 12
    while let length = query.getInteger(at: offset, as: UInt8.self) {
        guard length < 64 else { return nil }
        offset += 1 + Int(length)
        if length == 0 { return offset + 4 <= query.readableBytes ? offset + 4 : nil }
    }
    return nil
}

private final class DatagramAnswers: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>
    private let number: UInt8

    init(number: UInt8) {
        self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let reply = answer(to: envelope.data.slice(), number: number) else { return }
        let message = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: reply)
        context.writeAndFlush(wrapOutboundOut(message), promise: nil)
    }
}

/// Cuts the stream at its two-octet lengths (RFC 1035 §4.2.2).
private struct FrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(
        context: ChannelHandlerContext, buffer: inout ByteBuffer
    ) throws -> DecodingState {
        guard let message = buffer.readLengthPrefixedSlice(as: UInt16.self) else {
            return .needMoreData
        }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }
}

private final class StreamAnswers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let number: UInt8

    init(number: UInt8) {
        self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let reply = answer(to: unwrapInboundIn(data).slice(), number: number) else {
            return context.close(promise: nil)
        }
        var framed = context.channel.allocator.buffer(capacity: reply.readableBytes + 2)
        framed.writeInteger(UInt16(reply.readableBytes))
        framed.writeImmutableBuffer(reply)
        context.writeAndFlush(wrapOutboundOut(framed), promise: nil)
    }
}
