// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Testing

@testable import Proxy

/// Would catch a query that is lost although another server lives, one that is asked a third time,
/// and a late answer that reaches anybody.
@Suite(.serialized) struct RetryTests {
    /// Two servers, of which the first is preferred, and a client.
    private struct Scene {
        let first = UDPPeer()
        let second = UDPPeer()
        let client = UDPPeer()
        let fixture: PlaneFixture

        init(timeoutMilliseconds: Int = 60, first endpoint: Endpoint? = nil) {
            fixture = PlaneFixture(servers: [endpoint ?? first.endpoint, second.endpoint])
            fixture.configuration.servers[1].order = 2
            fixture.configuration.udpTimeoutMilliseconds = timeoutMilliseconds
        }

        func isSettled() -> Bool {
            eventually { fixture.handles.allSatisfy { $0.outstanding == 0 } }
        }
    }

    @Test func aSilentServersQueryIsAnsweredByAnother() throws {
        let scene = Scene()
        let plane = try scene.fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let query = Packets.query(id: 0x4711)
        scene.client.send(query, to: plane.boundEndpoints[0])
        let asked = try #require(scene.first.receive())
        let again = try #require(scene.second.receive())
        #expect(Array(again.bytes[2...]) == Array(query[2...]))
        // The first one's late answer finds nobody, though the client still waits.
        scene.first.send(Packets.answer(to: asked.bytes, responseCode: 3), to: asked.from)
        #expect(eventually { plane.counters[.strayResponses] == 1 })
        scene.second.send(Packets.answer(to: again.bytes), to: again.from)
        let answer = try #require(scene.client.receive()).bytes
        #expect(Packets.responseCode(answer) == 0 && answer[0] == 0x47 && answer[1] == 0x11)
        #expect(scene.isSettled())
        #expect(plane.counters[.retries] == 1 && plane.counters[.downstreamTimeouts] == 1)
        #expect(plane.counters[.forwarded] == 1 && plane.counters[.responses] == 1)
        #expect(scene.fixture.handles.map { $0.total(.queries) } == [1, 1])
        #expect(scene.fixture.handles.map { $0.total(.drops) } == [1, 0])
        #expect(scene.fixture.handles.map { $0.total(.responses) } == [0, 1])
        // Its latency is its own: without the wait for the first.
        #expect(scene.fixture.handles[1].latencyMicroseconds < 50_000)
    }

    @Test func aRefusedQueryGoesToAnotherServerAtOnce() throws {
        let refused = UDPPeer().endpoint  // closed again at once
        let scene = Scene(timeoutMilliseconds: 10_000, first: refused)
        let plane = try scene.fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        for id in 0..<UInt16(8) {
            scene.client.send(Packets.query(id: id), to: plane.boundEndpoints[0])
            let asked = try #require(scene.second.receive())
            scene.second.send(Packets.answer(to: asked.bytes), to: asked.from)
            #expect(try #require(scene.client.receive()).bytes[1] == UInt8(id))
        }
        #expect(scene.isSettled())
        #expect(plane.counters[.retries] > 0 && plane.counters[.responses] == 8)
        #expect(plane.counters[.downstreamTimeouts] == 0)
    }

    @Test func noThirdServerIsAsked() throws {
        let scene = Scene()
        let plane = try scene.fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        scene.client.send(Packets.query(), to: plane.boundEndpoints[0])
        _ = try #require(scene.first.receive())
        _ = try #require(scene.second.receive())
        #expect(eventually { plane.counters[.downstreamTimeouts] == 2 })
        #expect(scene.first.receive(milliseconds: 150) == nil)
        #expect(plane.counters[.retries] == 1 && scene.isSettled())
    }

    @Test(arguments: ["off", "alone", "other is down", "too long to keep"])
    func aQueryIsGivenUpWhen(reason: String) throws {
        let scene = Scene()
        var query = Packets.query()
        switch reason {
        case "off": scene.fixture.configuration.retriesOverUDP = false
        case "alone": scene.fixture.configuration.servers.removeLast()
        case "other is down": scene.fixture.configuration.servers[1].initialState = .down
        default: query += [UInt8](repeating: 0, count: OutstandingTable.messageBytesMax)
        }
        let plane = try scene.fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        scene.client.send(query, to: plane.boundEndpoints[0])
        _ = try #require(scene.first.receive())
        #expect(eventually { plane.counters[.downstreamTimeouts] == 1 })
        #expect(scene.second.receive(milliseconds: 100) == nil)
        #expect(plane.counters[.retries] == 0 && scene.isSettled())
    }
}
