// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

/// The demonstration's customer: asks a steady trickle of questions and notes who answered.
final class DemoClient: Sendable {
    /// Questions a second: enough to see a distribution, nothing a laptop would notice.
    static let queriesPerSecond = 40

    struct Tally: Equatable, Sendable {
        var asked = 0
        /// Answers by the number of the responder.
        var answered: [UInt8: Int] = [:]
    }

    private let counts: Counts
    private let channel: any Channel
    private let ticking: RepeatedTask

    private final class Counts: Sendable {
        let tally = Mutex(Tally())
    }

    /// Starts asking `host`:`port`.
    init(host: String, port: Int, group: any EventLoopGroup) async throws {
        let counts = Counts()
        self.counts = counts
        let remote = try SocketAddress(ipAddress: host, port: port)
        let channel = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AnswerReader { number in
                            counts.tally.withLock { $0.answered[number, default: 0] += 1 }
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.channel = channel
        let interval = TimeAmount.nanoseconds(1_000_000_000 / Int64(Self.queriesPerSecond))
        ticking = channel.eventLoop.scheduleRepeatedTask(
            initialDelay: interval, delay: interval
        ) { _ in
            let identifier = counts.tally.withLock { tally in
                tally.asked += 1
                return UInt16(truncatingIfNeeded: tally.asked)
            }
            let query = AddressedEnvelope(
                remoteAddress: remote, data: ByteBuffer(bytes: Self.query(identifier)))
            channel.writeAndFlush(query, promise: nil)
        }
    }

    var tally: Tally { counts.tally.withLock { $0 } }

    func stop() async throws {
        ticking.cancel()
        try await channel.close()
    }

    /// `www.example. A IN` with RD, identified by `identifier`.
    private static func query(_ identifier: UInt16) -> [UInt8] {
        [UInt8(identifier >> 8), UInt8(identifier & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
            + [3] + Array("www".utf8) + [7] + Array("example".utf8) + [0, 0, 1, 0, 1]
    }
}

/// Reads the responder's number: the last octet of an answer with one address record.
private final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let note: @Sendable (UInt8) -> Void

    init(note: @escaping @Sendable (UInt8) -> Void) {
        self.note = note
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = unwrapInboundIn(data).data
        guard message.getInteger(at: message.readerIndex + 6, as: UInt16.self) == 1,
            let number = message.readableBytesView.last
        else { return }
        note(number)
    }
}
