// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch a query or answer lost or misdelivered between the kernel's sockets: every test runs
/// workers over loopback, and plays the servers by hand.
@Suite(.serialized) struct PlaneTests {
    /// Sends a query and lets the server's part be played.
    private func exchange(
        _ plane: Plane, _ client: UDPPeer, _ server: UDPPeer, id: UInt16 = 0x1234,
        flags: UInt16 = 0x0100
    ) throws -> [UInt8] {
        let query = Packets.query(id: id, flags: flags)
        client.send(query, to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        #expect(Array(asked.bytes[2...]) == Array(query[2...]))
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        return try #require(client.receive()).bytes
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func answersAClientWithTheServersAnswer(address: String) throws {
        let server = UDPPeer(address)
        let client = UDPPeer(address)
        let fixture = PlaneFixture(workers: 2, servers: [server.endpoint])
        let listen = address.contains(":") ? "[\(address)]:0" : "\(address):0"
        let plane = try fixture.plane(listening: [listen])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let answer = try exchange(plane, client, server, flags: 0x0110)
        #expect(
            answer
                == Packets.answer(to: Packets.query()).enumerated().map {
                    $0.offset == 3 ? 0x90 : $0.element  // CD as the client sent it
                })
        #expect(eventually { fixture.handles[0].outstanding == 0 })
        #expect(fixture.handles[0].total(.queries) == 1)
        #expect(fixture.handles[0].total(.responses) == 1)
        #expect(fixture.handles[0].latencyMicroseconds > 0)
        #expect(plane.counters[.responses] == 1)
    }

    @Test(arguments: [
        ("0.0.0.0:0", "127.0.0.1", "127.0.0.77"), ("[::]:0", "::1", "::1"),
    ])
    func answersFromTheAddressThatWasAskedOnAWildcard(
        listen: String, clientAddress: String, asked: String
    ) throws {
        let server = UDPPeer()
        let client = UDPPeer(clientAddress)
        let fixture = PlaneFixture(servers: [server.endpoint])
        let anyType = RuleDeclaration(
            selector: .queryType(Packets.any), action: .truncate, name: "any",
            location: SourceLocation(file: "test.lua", line: 1))
        fixture.configuration.rules = [anyType]
        let plane = try fixture.plane(listening: [listen])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let target = PlaneFixture.endpoint(asked, port: plane.boundEndpoints[0].port)
        client.send(Packets.query(), to: target)
        let query = try #require(server.receive())
        server.send(Packets.answer(to: query.bytes), to: query.from)
        #expect(try #require(client.receive()).from == target)
        // Our own answers too.
        client.send(Packets.query(type: Packets.any), to: target)
        let own = try #require(client.receive())
        #expect(own.from == target && Packets.isTruncated(own.bytes))
    }

    @Test(arguments: ["id", "question", "port", "repeated"])
    func deliversNoForgedAnswer(kind: String) throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let other = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        var forged = Packets.answer(to: asked.bytes, responseCode: 3)
        let good = Packets.answer(to: asked.bytes)
        switch kind {
        case "id":
            forged[0] ^= 0x55
            server.send(forged, to: asked.from)
            #expect(eventually { plane.counters[.strayResponses] == 1 })
        case "question":
            forged[13] ^= 1
            server.send(forged, to: asked.from)
            #expect(eventually { plane.counters[.nonCompliantResponses] == 1 })
        case "port":
            other.send(forged, to: asked.from)
            #expect(client.receive(milliseconds: 100) == nil)
        default:
            break
        }
        server.send(good, to: asked.from)
        let answer = try #require(client.receive())
        #expect(Packets.responseCode(answer.bytes) == 0)
        if kind == "repeated" {
            server.send(forged, to: asked.from)
            #expect(eventually { plane.counters[.strayResponses] == 1 })
        }
        #expect(client.receive(milliseconds: 100) == nil)
        #expect(eventually { fixture.handles[0].outstanding == 0 })
    }

    @Test func givesUpAfterTheTimeoutAndDeliversNoLateAnswer() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.udpTimeoutMilliseconds = 100
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        #expect(fixture.handles[0].outstanding == 1)
        #expect(eventually { plane.counters[.downstreamTimeouts] == 1 })
        #expect(fixture.handles[0].outstanding == 0 && fixture.handles[0].total(.drops) == 1)
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        #expect(eventually { plane.counters[.strayResponses] == 1 })
        #expect(client.receive(milliseconds: 100) == nil)
    }

    @Test func freesTheQueriesOfAServerThatRefusesThePort() throws {
        let refused = UDPPeer().endpoint  // closed again at once
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [refused])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        for id in 0..<UInt16(20) {
            client.send(Packets.query(id: id), to: plane.boundEndpoints[0])
        }
        #expect(eventually { plane.counters[.downstreamRefused] == 20 })
        #expect(fixture.handles[0].outstanding == 0)
        #expect(plane.counters[.downstreamTimeouts] == 0)
    }

    @Test func opensSocketsForServersThatAreAskedOnly() throws {
        let server = UDPPeer()
        let idle = (0..<500).map { PlaneFixture.endpoint("127.0.0.2", port: UInt16(20_000 + $0)) }
        let fixture = PlaneFixture(servers: [server.endpoint] + idle)
        for index in 1...500 { fixture.configuration.servers[index].order = 2 }
        fixture.configuration.policy = .builtin(.firstAvailable)
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let before = Self.openFiles()
        _ = try exchange(plane, UDPPeer(), server)
        #expect(Self.openFiles() - before <= 3)
    }

    /// A server's own `sockets` counts when it is more than what every server gets.
    @Test(arguments: [(1, PlaneOptions.socketsPerServerDefault), (8, 8)])
    func spreadsQueriesOverSeveralSourcePorts(sockets: Int, expected: Int) throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.servers[0].sockets = sockets
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        var ports = Set<UInt16>()
        var identifiers = Set<UInt16>()
        for _ in 0..<96 {
            client.send(Packets.query(), to: plane.boundEndpoints[0])
            let asked = try #require(server.receive())
            ports.insert(asked.from.port)
            identifiers.insert(Packets.id(asked.bytes))
            server.send(Packets.answer(to: asked.bytes), to: asked.from)
            _ = try #require(client.receive())
        }
        #expect(ports.count == expected)
        #expect(identifiers.count > 85)
    }

    @Test func losesNothingWhileSnapshotsAndListenersChange() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(workers: 2, servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let target = plane.boundEndpoints[0]
        var answered = 0
        for round in 0..<200 {
            for id in 0..<UInt16(8) { client.send(Packets.query(id: id), to: target) }
            try plane.publish(try fixture.snapshot())
            let extra =
                round % 2 == 0 ? ["127.0.0.1:0", "127.0.0.9:\(target.port)"] : ["127.0.0.1:0"]
            plane.commit(try plane.prepare(listeners: PlaneFixture.listeners(extra)))
            if round % 2 == 0 {
                client.send(
                    Packets.query(id: 8), to: PlaneFixture.endpoint("127.0.0.9", port: target.port))
            }
            let expected = round % 2 == 0 ? 9 : 8
            for _ in 0..<expected {
                let asked = try #require(server.receive())
                server.send(Packets.answer(to: asked.bytes), to: asked.from)
            }
            for _ in 0..<expected where client.receive() != nil { answered += 1 }
        }
        #expect(answered == 200 * 8 + 100)
        #expect(plane.boundEndpoints[0] == target)
        #expect(eventually { plane.drainingEndpoints.isEmpty })
        #expect(eventually { fixture.handles[0].outstanding == 0 })
    }

    @Test func answersWhatIsInFlightBeforeARemovedListenerCloses() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        plane.commit(try plane.prepare(listeners: []))
        usleep(50_000)
        #expect(plane.drainingEndpoints.count == 1 && plane.boundEndpoints.isEmpty)
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        #expect(client.receive() != nil)
        #expect(eventually { plane.drainingEndpoints.isEmpty })
    }

    @Test func deliversTheAnswerOfAServerThatAReloadRemoved() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        let removed = fixture.handles[0]
        fixture.configuration.servers = []
        try plane.publish(try fixture.snapshot())
        #expect(removed.outstanding == 1)
        #expect(fixture.collect() == 1, "its record is kept")
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        #expect(client.receive() != nil)
        #expect(eventually { fixture.collect() == 0 })
        // Nobody is left for the next one.
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        #expect(eventually { plane.counters[.noPolicy] == 1 })
    }

    @Test func refusesAnOverlongQueryAndTruncatesAnOverlongAnswer() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let padding = [UInt8](repeating: 0, count: 1_500)
        client.send(Packets.query() + padding, to: plane.boundEndpoints[0])
        #expect(eventually { plane.counters[.nonCompliantQueries] == 1 })
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        server.send(Packets.answer(to: asked.bytes) + padding + padding + padding, to: asked.from)
        let answer = try #require(client.receive()).bytes
        #expect(answer.count == Packets.query().count && Packets.isTruncated(answer))
        #expect(plane.counters[.oversizedResponses] == 1)
    }

    @Test func fallsBackWhenThePolicysFunctionFails() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let function = FunctionReference(
            kind: .policy, name: "broken",
            location: SourceLocation(file: "test.lua", line: 1), ordinal: 0)
        fixture.configuration.functions = [function]
        fixture.configuration.policy = .script(name: "broken", function: function)
        let context = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
        defer { context.deallocate() }
        let scripts = PolicyScripts(
            function: { _, _, _, _ in PolicyResult.timeout }, script: { _, _, _, _ in 0 },
            contexts: Array(repeating: context, count: fixture.planeThreads))
        try plane.publish(
            try PlaneSnapshot(
                fixture.configuration, generation: 2, handles: fixture.handles, slab: fixture.slab,
                statistics: fixture.statistics, scripts: scripts))
        for _ in 0..<10 { _ = try exchange(plane, client, server) }
        let statistics = fixture.statistics.statistics(of: "broken")
        #expect(statistics.total(.timeouts) == 1, "tripped at once")
        #expect(statistics.total(.calls) == 1)
        #expect(statistics.total(.fallbacks) == 10)
    }

    @Test func noticesAPortThatAnotherSocketHas() throws {
        let fixture = PlaneFixture(servers: [])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let taken = UDPPeer()
        #expect(throws: PlaneError.addressInUse(taken.endpoint)) {
            try plane.prepare(listeners: [ListenerDeclaration(endpoint: taken.endpoint)])
        }
        #expect(plane.boundEndpoints.count == 1)
    }

    @Test func bindsAnAddressThatIsNotHereYetAndSaysSo() throws {
        let fixture = PlaneFixture(servers: [])
        let plane = try fixture.plane(listening: [])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let prepared = try plane.prepare(
            listeners: PlaneFixture.listeners(["192.0.2.53:0", "[2001:db8::53]:0", "127.0.0.1:0"]))
        #expect(
            prepared.notOnThisHost.map(\.address.description) == ["192.0.2.53", "2001:db8::53"])
        plane.commit(prepared)
        #expect(plane.boundEndpoints.count == 3)
    }

    @Test func stopsAtOnceWhenNothingIsInFlightAndCountsWhatIs() throws {
        let server = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        UDPPeer().send(Packets.query(), to: plane.boundEndpoints[0])
        _ = try #require(server.receive())
        #expect(fixture.handles[0].outstanding == 1)
        plane.stop(inFlightMilliseconds: 50)
        #expect(fixture.handles[0].outstanding == 0 && plane.isStopped)
        #expect(plane.counters[.downstreamTimeouts] == 1)
    }

    @Test func beatsWhileIdle() throws {
        let fixture = PlaneFixture(workers: 2, servers: [])
        let plane = try fixture.plane(listening: [])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let before = plane.heartbeats
        #expect(eventually { zip(plane.heartbeats, before).allSatisfy { $0 > $1 } })
    }

    private static func openFiles() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
