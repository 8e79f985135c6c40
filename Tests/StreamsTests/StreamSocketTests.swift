// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Foundation
import Glibc
import Testing

@testable import Streams

/// Catches memory that the kernel holds in our name, a reader so slow that it never ends, and socket
/// options that are declared and not set.
@Suite(.serialized) struct StreamSocketTests {
    /// Octets that the kernel holds of what we wrote to one client, sent or not
    /// (`tx_queue` of proc(5), in hexadecimal).
    private func kernelBytes(from local: Endpoint) -> Int {
        let table = text(of: "/proc/net/tcp")
        var sum = 0
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 4, fields[3] == "01",
                fields[1].hasSuffix(":" + String(format: "%04X", local.port))
            else { continue }
            sum += Int(fields[4].prefix { $0 != ":" }, radix: 16) ?? 0
        }
        return sum
    }

    /// The whole file: the kernel gives such a table in parts, and says that it is empty.
    private func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &part, part.count), count > 0 {
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func theKernelHoldsLittleForAClientThatDoesNotRead() async throws {
        let responder = TCPResponder(bytes: 60_000)
        var limits = StreamLimits()
        limits.clientSendMilliseconds = 60_000
        limits.inFlightPerConnectionMax = 1
        let fixture = try StreamFixture([responder.endpoint], limits: limits)
        let client = fixture.client(receiveBufferBytes: 4_096)
        client.send((0..<400).flatMap { Message.framed(Message.query(UInt16($0))) })
        // Until it asks for no more, and the kernel takes no more.
        #expect(
            try await eventually { kernelBytes(from: fixture.endpoint) > 0 })
        var asked = -1
        var quiet = 0
        while quiet < 5 {
            quiet = asked == responder.queries ? quiet + 1 : 0
            asked = responder.queries
            try await Task.sleep(for: .milliseconds(100))
        }
        let held = kernelBytes(from: fixture.endpoint)
        #expect(held > 0 && held < 200_000, "\(held) octets in the kernel")
        #expect(asked < 10, "\(asked) answers of 60 000 octets were asked for")
        await fixture.stop()
        responder.stop()
    }

    @Test func aClientThatReadsOctetByOctetIsClosed() async throws {
        let responder = TCPResponder(bytes: 60_000)
        var limits = StreamLimits()
        limits.clientSendMilliseconds = 500
        let fixture = try StreamFixture([responder.endpoint], limits: limits)
        let client = fixture.client(receiveBufferBytes: 4_096)
        client.send((0..<20).flatMap { Message.framed(Message.query(UInt16($0))) })
        var taken = 0
        while fixture.server.total(.slowReaderCloses) == 0, taken < 500, client.receive(1) != nil {
            taken += 1
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(taken > 10 && taken < 500, "\(taken) octets were taken")
        #expect(fixture.server.total(.slowReaderCloses) == 1)
        #expect(try await eventually { fixture.server.clientCount == 0 })
        await fixture.stop()
        responder.stop()
    }

    /// Some 100 kB a second: far from fast, and not a reason to be cut off.
    @Test func aClientThatReadsSteadilyGetsAll() async throws {
        let responder = TCPResponder(bytes: 60_000)
        var limits = StreamLimits()
        limits.clientSendMilliseconds = 1_000
        let fixture = try StreamFixture([responder.endpoint], limits: limits)
        let client = fixture.client(receiveBufferBytes: 4_096)
        client.send((0..<5).flatMap { Message.framed(Message.query(UInt16($0))) })
        var left = 5 * 60_002
        while left > 0, client.receive(min(left, 5_000)) != nil {
            left -= 5_000
            try await Task.sleep(for: .milliseconds(40))
        }
        #expect(left <= 0, "\(left) octets were missing")
        #expect(fixture.server.total(.slowReaderCloses) == 0)
        await fixture.stop()
        responder.stop()
    }

    @Test(arguments: [0, 64])
    func aListenerTakesFastOpenWhenItIsDeclared(queue: Int) throws {
        let socket = try BoundSocket(
            ListenerDeclaration(
                endpoint: Endpoint(address: .loopbackV4, port: 0), tcpFastOpenQueueSize: queue))
        try socket.listen()
        var value: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        // TCP_FASTOPEN
        #expect(getsockopt(socket.descriptor, Int32(IPPROTO_TCP), 23, &value, &length) == 0)
        #expect(value == queue)
    }

    /// How often a SYN asked for a cookie in this network namespace.
    private func cookieRequests() throws -> Int {
        let lines = text(of: "/proc/net/netstat")
            .split(separator: "\n").map { $0.split(separator: " ") }
        let names = try #require(lines.first { $0.first == "TcpExt:" })
        let values = try #require(lines.last { $0.first == "TcpExt:" })
        let index = try #require(names.firstIndex(of: "TCPFastOpenCookieReqd"))
        return try #require(Int(values[index]))
    }

    @Test(arguments: [false, true])
    func aServerIsAskedWithFastOpenWhenItIsDeclared(isDeclared: Bool) async throws {
        // An address of its own: the kernel remembers who gave no cookie.
        let address = try #require(IPAddress("127.0.7.\(isDeclared ? 7 : 8)"))
        let responder = TCPResponder(address: address) { $0.answer() }
        let before = try cookieRequests()
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.servers[0].usesTCPFastOpen = isDeclared
        }
        let client = fixture.client()
        for id in 1...2 as ClosedRange<UInt16> {
            client.send(Message.framed(Message.query(id)))
            #expect(Message.id(client.receiveMessage()) == id)
        }
        let setting = text(of: "/proc/sys/net/ipv4/tcp_fastopen")
        // Bit 1 lets clients ask for cookies: it is the kernel's default.
        if (Int(setting.filter(\.isNumber)) ?? 0) & 1 == 1 {
            #expect(try cookieRequests() - before == (isDeclared ? 1 : 0))
        }
        #expect(responder.connections == 1)
        await fixture.stop()
        responder.stop()
    }
}
