// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Foundation
import Glibc
import Testing

@testable import Proxy

/// Would catch: a forged answer that reaches a client, an attempt that nobody counts, identifiers or
/// ports that can be foretold. The test plays the server, so what it sends comes from the server's
/// own address and port: as much as a forger with raw sockets can do, and more than one who has to
/// guess our port.
@Suite(.serialized) struct PoisonTests {
    private static let everyID = UInt16.min...UInt16.max

    /// A forged answer to a query that the plane sent: NXDOMAIN, so that it is known again.
    private static func forged(_ asked: [UInt8], id: UInt16) -> [UInt8] {
        var forged = Packets.answer(to: asked, responseCode: 3)
        forged[0] = UInt8(id >> 8)
        forged[1] = UInt8(id & 0xff)
        return forged
    }

    /// Datagrams to a port where nobody takes them from that sender: what the kernel counts.
    private static func unwanted() -> Int {
        let text = (try? String(contentsOfFile: "/proc/net/snmp", encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Udp:") }
        guard lines.count == 2 else { return 0 }
        let names = lines[0].split(separator: " ")
        let values = lines[1].split(separator: " ")
        return names.firstIndex(of: "NoPorts").flatMap { Int(values[$0]) } ?? 0
    }

    @Test func everyIdentifierFromAnotherPortIsRefusedByTheKernel() throws {
        let (server, client, forger) = (UDPPeer(), UDPPeer(), UDPPeer())
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        let before = Self.unwanted()
        for id in Self.everyID { forger.send(Self.forged(asked.bytes, id: id), to: asked.from) }
        #expect(client.receive(milliseconds: 50) == nil)
        // Our sockets are connected: the kernel takes nothing from others, and counts it.
        #expect(Self.unwanted() - before >= 65_536)
        #expect(plane.counters[.strayResponses] == 0)
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        #expect(Packets.responseCode(try #require(client.receive()).bytes) == 0)
    }

    @Test func everyIdentifierToOurOtherSocketsIsCountedAndLeftAside() throws {
        let (server, client) = (UDPPeer(), UDPPeer())
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        // Queries are held until three sockets have one.
        var asked = try [Self.ask(plane, client, server)]
        while Set(asked.map(\.from.port)).count < 3 {
            asked.append(try Self.ask(plane, client, server))
        }
        let mine = asked[0]
        let others = asked.filter { $0.from.port != mine.from.port }
        // The first query's identifier is not in use there, and all others are wrong here.
        var sent = 0
        for id in Self.everyID where !asked.contains(where: { Packets.id($0.bytes) == id }) {
            server.send(Self.forged(mine.bytes, id: id), to: others[sent % others.count].from)
            sent += 1
            // So that the socket's queue does not overflow: each is to be counted.
            if sent % 512 == 0 {
                #expect(eventually { plane.counters[.strayResponses] == UInt64(sent) })
            }
        }
        #expect(eventually { plane.counters[.strayResponses] == UInt64(sent) })
        #expect(sent >= 65_000 && fixture.handles[0].total(.strayResponses) == UInt64(sent))
        #expect(client.receive(milliseconds: 50) == nil)
        for query in asked { server.send(Packets.answer(to: query.bytes), to: query.from) }
        for _ in asked { #expect(Packets.responseCode(try #require(client.receive()).bytes) == 0) }
    }

    private static func ask(
        _ plane: Plane, _ client: UDPPeer, _ server: UDPPeer, name: String = "www.example.org"
    ) throws -> (bytes: [UInt8], from: Endpoint) {
        client.send(Packets.query(name), to: plane.boundEndpoints[0])
        return try #require(server.receive())
    }

    /// What a forger sends before there is a query must not be waiting when there is one.
    @Test func whatCameBeforeTheQueryIsNoAnswerToIt() throws {
        let (server, client) = (UDPPeer(), UDPPeer())
        let fixture = PlaneFixture(servers: [server.endpoint])
        var options = PlaneOptions()
        options.socketsPerServer = 1
        let plane = try fixture.plane(listening: ["127.0.0.1:0"], options: options)
        defer { plane.stop(inFlightMilliseconds: 0) }
        let first = try Self.ask(plane, client, server)
        server.send(Packets.answer(to: first.bytes), to: first.from)
        _ = try #require(client.receive())
        // After a second without a query nobody looks at the socket.
        usleep(2_200_000)
        // As many as its queue takes, some 10 000 of the 65 536.
        for id in Self.everyID { server.send(Self.forged(first.bytes, id: id), to: first.from) }
        // One of them would have the identifier of one query in six.
        for id in 0..<UInt16(64) {
            client.send(Packets.query(id: id), to: plane.boundEndpoints[0])
        }
        for _ in 0..<64 {
            let asked = try #require(server.receive())
            #expect(asked.from == first.from)
            server.send(Packets.answer(to: asked.bytes), to: asked.from)
        }
        for _ in 0..<64 {
            #expect(Packets.responseCode(try #require(client.receive()).bytes) == 0)
        }
        #expect(plane.counters[.strayResponses] > 0)
    }

    /// Each from the server's port with the identifier that is waited for.
    @Test(arguments: [
        "another name", "another type", "another class", "no question", "two questions",
        "a longer name", "not an answer", "no header", "the header alone", "nothing",
    ])
    func aWrongAnswerWithTheRightIdentifierIsCountedAndLeftAside(kind: String) throws {
        let (server, client) = (UDPPeer(), UDPPeer())
        let fixture = PlaneFixture(servers: [server.endpoint])
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let asked = try Self.ask(plane, client, server)
        var forged = Packets.answer(to: asked.bytes)
        switch kind {
        case "another name": forged[13] ^= 1
        case "another type": forged[forged.count - 3] = 28
        case "another class": forged[forged.count - 1] = 3
        case "no question":
            forged[5] = 0
            forged = Array(forged.prefix(12))
        case "two questions":
            forged[5] = 2
            forged[13] ^= 1
            forged += asked.bytes.dropFirst(12)
        case "a longer name": forged.insert(contentsOf: [1, 97], at: 12)
        case "not an answer": forged[2] &= 0x7f
        case "no header": forged = Array(forged.prefix(11))
        case "the header alone": forged = Array(forged.prefix(12))
        default: forged = []
        }
        server.send(forged, to: asked.from)
        #expect(eventually { plane.counters[.nonCompliantResponses] == 1 })
        #expect(plane.counters[.responses] == 0 && fixture.handles[0].outstanding == 1)
        server.send(Packets.answer(to: asked.bytes, responseCode: 5), to: asked.from)
        #expect(Packets.responseCode(try #require(client.receive()).bytes) == 5)
        // Again: its slot is free, or another's.
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        #expect(eventually { plane.counters[.strayResponses] == 1 })
        #expect(client.receive(milliseconds: 50) == nil)
    }

    /// Slots are few and used again: late answers meet other clients' queries in them.
    @Test func aLateAnswerIsNeverGivenToAnotherClient() throws {
        let server = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.udpTimeoutMilliseconds = 250
        var options = PlaneOptions()
        options.outstandingMax = OutstandingTable.capacityMin
        options.socketsPerServer = 1
        let plane = try fixture.plane(listening: ["127.0.0.1:0"], options: options)
        defer { plane.stop(inFlightMilliseconds: 0) }
        var late: [(bytes: [UInt8], from: Endpoint)] = []
        var given = 0
        for round in 0..<12 {
            let client = UDPPeer()
            var asked: [(bytes: [UInt8], from: Endpoint)] = []
            for number in 0..<UInt16(200) {
                client.send(
                    Packets.query("q\(number).r\(round).test", id: number),
                    to: plane.boundEndpoints[0])
                asked.append(try #require(server.receive()))
            }
            // What earlier clients asked is answered now, to the slots that these have.
            for old in late { server.send(Packets.answer(to: old.bytes), to: old.from) }
            if round % 2 == 0 {
                late += asked
                // Timed out, and its identifiers free again after as long.
                #expect(eventually { fixture.handles[0].outstanding == 0 })
                usleep(300_000)
            } else {
                for query in asked { server.send(Packets.answer(to: query.bytes), to: query.from) }
            }
            while let answer = client.receive(milliseconds: round % 2 == 0 ? 50 : 300) {
                let number = Packets.id(answer.bytes)
                let question = Packets.question("q\(number).r\(round).test", type: 1)
                #expect(Array(answer.bytes[12...]) == question)
                given += 1
                if given % 200 == 0 { break }
            }
        }
        #expect(given == 6 * 200)
        let unwanted = { plane.counters[.strayResponses] + plane.counters[.nonCompliantResponses] }
        // In front of each round came again all that were late before: 0, 1, 1, 2, 2, … 5, 5, 6.
        let wanted = UInt64(36 * 200)
        #expect(eventually { unwanted() == wanted }, "\(unwanted())")
    }

    @Test func identifiersAndPortsCannotBeForetold() throws {
        let (server, client) = (UDPPeer(), UDPPeer())
        let fixture = PlaneFixture(servers: [server.endpoint])
        var options = PlaneOptions()
        options.serverSocketMicroseconds = 1_000_000
        let plane = try fixture.plane(listening: ["127.0.0.1:0"], options: options)
        defer { plane.stop(inFlightMilliseconds: 0) }
        var high = [Int](repeating: 0, count: 256)
        var low = high
        var step = high
        var last: UInt16 = 0
        var ports: [UInt16: Int] = [:]
        let count = 20_000
        let start = ContinuousClock.now
        var asked = 0
        while asked < count || start.duration(to: .now) < .seconds(4) {
            for _ in 0..<50 { client.send(Packets.query(), to: plane.boundEndpoints[0]) }
            for _ in 0..<50 {
                let query = try #require(server.receive())
                let id = Packets.id(query.bytes)
                high[Int(id >> 8)] += 1
                low[Int(id & 0xff)] += 1
                step[Int((id &- last) >> 8)] += 1
                last = id
                ports[query.from.port, default: 0] += 1
                server.send(Packets.answer(to: query.bytes), to: query.from)
            }
            for _ in 0..<50 { _ = try #require(client.receive()) }
            asked += 50
        }
        // 255 degrees of freedom: the mean is 255, the deviation 22.6. Six of them are one in 10^8.
        for (name, counts) in [("high", high), ("low", low), ("step", step)] {
            let expected = Double(asked) / 256
            let chi = counts.reduce(0.0) { $0 + pow(Double($1) - expected, 2) / expected }
            #expect(chi > 120 && chi < 391, "\(name) octets: chi-square \(chi) of \(asked)")
            print("identifiers, \(name) octets: chi-square \(chi), 255 degrees, \(asked) queries")
        }
        // Four at a time, each no longer than two seconds.
        #expect(ports.count >= 8, "\(ports)")
        #expect(ports.values.allSatisfy { $0 < asked / 2 }, "\(ports)")
        print("ports: \(ports.count) of four sockets in \(start.duration(to: .now))")
    }
}
