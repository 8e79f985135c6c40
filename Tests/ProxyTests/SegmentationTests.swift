// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch datagrams that are joined, cut wrongly, left out or sent twice, and queries that wait
/// for a server that has refused their neighbour.
@Suite(.serialized) struct SegmentationTests {
    @Test func datagramsAreSortedByLength() {
        var groups = LengthGroups(capacity: 8)
        for (index, length) in [40, 60, 40, 600, 60, 40, 600].enumerated() {
            groups.add(index, length: length)
        }
        var found: [[Int]] = []
        for group in 0..<groups.count {
            var members: [Int] = []
            var index = groups.first(group)
            while index >= 0 {
                members.append(index)
                index = groups.after(index)
            }
            found.append(members)
        }
        // Long ones stay alone.
        #expect(found == [[0, 2, 5], [1, 4], [3], [6]])
        groups.clear()
        groups.add(7, length: 40)
        #expect(groups.count == 1 && groups.first(0) == 7 && groups.after(7) < 0)
    }

    @Test func aGroupHasNoMoreThanTheKernelTakes() {
        var groups = LengthGroups(capacity: 200)
        for index in 0..<150 { groups.add(index, length: 33) }
        #expect(groups.count == 3)
        #expect((0..<3).map { groups.first($0) } == [0, 64, 128])
    }

    /// What the kernel makes of one message: datagrams, each whole and with its own octets.
    @Test func oneMessageArrivesAsItsDatagrams() throws {
        let server = UDPPeer()
        let address = server.endpoint.socketAddress
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        let connected = withUnsafePointer(to: address.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, address.length)
            }
        }
        try #require(connected == 0)
        var vector = SendVector(capacity: 8)
        let sizes = [[30, 30, 30], [41], [52, 52]]
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 8 * 64, alignment: 8)
        defer { memory.deallocate() }
        var number = 0
        for group in sizes {
            for (offset, size) in group.enumerated() {
                let bytes = memory + number * 64
                memset(bytes, Int32(number + 1), size)
                if offset == 0 {
                    vector.append(
                        bytes, length: size, origin: number, name: nil, nameLength: 0, source: nil)
                } else {
                    vector.extend(bytes, length: size, origin: number)
                }
                number += 1
            }
        }
        #expect(vector.count == 3 && vector.datagramCount == 6)
        #expect((0..<3).map { vector.datagrams($0) } == [3, 1, 2])
        #expect(vector.origin(0, 2) == 2 && vector.origin(2, 1) == 5)
        #expect(vector.send(descriptor, from: 0) == 3)
        for (number, size) in sizes.flatMap({ $0 }).enumerated() {
            let bytes = try #require(server.receive()).bytes
            #expect(bytes == [UInt8](repeating: UInt8(number + 1), count: size))
        }
        #expect(server.receive(milliseconds: 50) == nil)
        // The same vector once more without groups: nothing is left of them.
        vector.clear()
        vector.append(memory, length: 30, origin: 0, name: nil, nameLength: 0, source: nil)
        #expect(vector.send(descriptor, from: 0) == 1)
        #expect(try #require(server.receive()).bytes.count == 30)
    }

    private static let burst = 200

    /// Sends queries of three lengths at once, so that batches have many of each.
    private static func sendBurst(_ client: UDPPeer, to listener: Endpoint) {
        for number in 0..<burst {
            let padding = [UInt8](repeating: 0, count: number % 3 * 7)
            client.send(Packets.query(id: UInt16(number)) + padding, to: listener)
        }
    }

    @Test(arguments: [true, false]) func everyQueryOfABurstIsAnsweredOnce(segments: Bool) throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.segmentsUDP = segments
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        Self.sendBurst(client, to: plane.boundEndpoints[0])
        var identifiers: Set<UInt16> = []
        for _ in 0..<Self.burst {
            let asked = try #require(server.receive())
            identifiers.insert(UInt16(asked.bytes[0]) << 8 | UInt16(asked.bytes[1]))
            server.send(Packets.answer(to: asked.bytes), to: asked.from)
        }
        #expect(identifiers.count > Self.burst / 2)
        var answered: Set<UInt8> = []
        for _ in 0..<Self.burst { answered.insert(try #require(client.receive()).bytes[1]) }
        #expect(answered.count == Self.burst)
        #expect(eventually { fixture.handles[0].outstanding == 0 })
        #expect(fixture.handles[0].total(.queries) == UInt64(Self.burst))
        #expect(fixture.handles[0].total(.sendErrors) == 0)
    }

    /// A server on this host refuses a message once for all that were in it.
    @Test func allOfARefusedMessageGoToAnotherServerAtOnce() throws {
        let refused = UDPPeer().endpoint  // closed again at once
        let second = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [refused, second.endpoint])
        fixture.configuration.servers[1].order = 2
        fixture.configuration.udpTimeoutMilliseconds = 10_000
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        Self.sendBurst(client, to: plane.boundEndpoints[0])
        for _ in 0..<Self.burst {
            let asked = try #require(second.receive(milliseconds: 4_000))
            second.send(Packets.answer(to: asked.bytes), to: asked.from)
        }
        var answered: Set<UInt8> = []
        for _ in 0..<Self.burst { answered.insert(try #require(client.receive()).bytes[1]) }
        #expect(answered.count == Self.burst)
        #expect(plane.counters[.downstreamTimeouts] == 0)
        #expect(eventually { fixture.handles.allSatisfy { $0.outstanding == 0 } })
    }
}
