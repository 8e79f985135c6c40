// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import BGPSpeaker

/// Would catch a socket whose options were meant, and not set.
struct SocketSettingsTests {
    private final class Seen: Sendable {
        let values = Mutex<[CInt]>([])
    }

    /// What the kernel says of a socket that was given these settings.
    private func options(
        _ settings: SocketSettings, _ names: [(level: CInt, name: CInt)]
    ) async throws -> [CInt] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let seen = Seen()
        let address: IPAddress = settings.family == .v4 ? .loopbackV4 : .loopbackV6
        // Nobody listens there; the options are read before anyone could answer.
        _ = try? await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try settings.apply(to: channel)
                    for (level, name) in names {
                        let option = ChannelOptions.Types.SocketOption(
                            level: NIOBSDSocket.OptionLevel(rawValue: level),
                            name: NIOBSDSocket.Option(rawValue: name))
                        let value = try channel.syncOptions?.getOption(option)
                        seen.values.withLock { $0.append(CInt(value ?? -1)) }
                    }
                }
            }
            .connect(to: Endpoint(address: address, port: freePort()).nioAddress).get()
        try await group.shutdownGracefully()
        return seen.values.withLock { $0 }
    }

    @Test func networkControlOnIPv4() async throws {
        let found = try await options(
            SocketSettings(family: .v4, timeToLive: 1, userTimeoutMilliseconds: 10_000),
            [
                (CInt(IPPROTO_TCP), TCP_NODELAY), (CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT),
                (CInt(IPPROTO_IP), IP_TOS), (CInt(IPPROTO_IP), IP_TTL),
                (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT),
            ])
        #expect(found == [1, 16384, 0xc0, 1, 10_000])
    }

    @Test func networkControlOnIPv6() async throws {
        let found = try await options(
            SocketSettings(family: .v6, timeToLive: 2, userTimeoutMilliseconds: 9_000),
            [
                (CInt(IPPROTO_TCP), TCP_NODELAY), (CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT),
                (CInt(IPPROTO_IPV6), IPV6_TCLASS), (CInt(IPPROTO_IPV6), IPV6_UNICAST_HOPS),
                (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT),
            ])
        #expect(found == [1, 16384, 0xc0, 2, 9_000])
    }
}
