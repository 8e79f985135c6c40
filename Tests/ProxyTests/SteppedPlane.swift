// SPDX-License-Identifier: Apache-2.0

import Addressing
import CAllocations
import Declarations
import Glibc
import Testing

@testable import Proxy

/// A plane of one worker that turns when the test says so, with servers that the test plays: what the
/// worker takes from the heap and asks of the kernel for a batch of queries is the same in every run.
final class SteppedPlane {
    static let thread = "pharos-udp-0"

    /// What the plane is built with by default: datagrams of one system call.
    static let batch = DatagramBatch.capacityDefault

    let servers: [UDPPeer]
    let fixture: PlaneFixture
    let plane: Plane
    private let client = UDPPeer()
    private var identifier: UInt16 = 0

    /// - Parameters:
    ///   - refuses: whether the first server's port is closed.
    ///   - sockets: towards each server.
    init(
        servers count: Int, refuses: Bool = false, sockets: Int = 1,
        change: (inout DeclaredConfiguration) -> Void
    ) throws {
        servers = (0..<count).map { _ in UDPPeer() }
        var endpoints = servers.map(\.endpoint)
        if refuses { endpoints.insert(UDPPeer().endpoint, at: 0) }
        fixture = PlaneFixture(servers: endpoints)
        change(&fixture.configuration)
        var options = PlaneOptions()
        options.socketsPerServer = sockets
        plane = try fixture.plane(listening: ["127.0.0.1:0"], options: options)
        try #require(callocations_hold(Self.thread))
    }

    deinit {
        callocations_release()
        plane.stop(inFlightMilliseconds: 0)
    }

    static var counts: callocations_counts { callocations_of(thread) }

    /// Has a batch of queries answered by the servers, or by the plane itself.
    ///
    /// - Returns: how many of them a server was asked.
    @discardableResult
    func exchange(
        _ queries: Int = SteppedPlane.batch, name: (Int) -> String = { _ in "www.example.org" }
    ) throws -> Int {
        for number in 0..<queries {
            identifier &+= 1
            client.send(
                Packets.query(name(number), id: identifier), to: plane.boundEndpoints[0])
        }
        var asked = 0
        var answered = 0
        for _ in 0..<20 where answered < queries {
            try #require(callocations_step())
            for server in servers {
                while let query = server.receive(milliseconds: 0) {
                    server.send(Self.answer(to: query.bytes), to: query.from)
                    asked += 1
                }
            }
            while let answer = client.receive(milliseconds: 0) {
                #expect(Packets.responseCode(answer.bytes) == 0)
                answered += 1
            }
        }
        #expect(answered == queries)
        return asked
    }

    /// An answer with one A record that lives for five minutes.
    private static func answer(to query: [UInt8]) -> [UInt8] {
        var answer = Packets.answer(to: query)
        answer[7] = 1
        return answer + [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]
    }
}
