// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Foundation
import Glibc
import Testing

@testable import Proxy

/// Catches what grows with the number of workers, servers or listeners although no query touches them.
@Suite(.serialized) struct ScaleTests {
    private static func refusing(workers: Int) -> PlaneFixture {
        let fixture = PlaneFixture(
            workers: workers, servers: [PlaneFixture.endpoint("127.0.0.1", port: 9)])
        fixture.configuration.rules = [
            RuleDeclaration(
                selector: .all, action: .responseCode(5), name: "all",
                location: SourceLocation(file: "test.lua", line: 1))
        ]
        return fixture
    }

    private static var openFiles: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    private static var residentBytes: Int {
        let words = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii))?
            .split(separator: " ")
        return (words.flatMap { Int($0[1]) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test(arguments: [1, 2, 7])
    func everyClientIsAnsweredByAnyNumberOfWorkers(workers: Int) throws {
        let plane = try Self.refusing(workers: workers).plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let clients = (0..<50).map { _ in UDPPeer() }
        for client in clients { client.send(Packets.query(), to: plane.boundEndpoints[0]) }
        #expect(clients.allSatisfy { $0.receive() != nil })
        #expect(plane.counters[.queries] == 50)
    }

    @Test func aHundredListenersAnswerEach() throws {
        let before = Self.openFiles
        let plane = try Self.refusing(workers: 2)
            .plane(listening: Array(repeating: "127.0.0.1:0", count: 100))
        defer { plane.stop(inFlightMilliseconds: 0) }
        let endpoints = plane.boundEndpoints
        #expect(Set(endpoints).count == 100)
        // A socket for each listener and worker, and some for the workers themselves.
        #expect(Self.openFiles - before <= 200 + 8)
        let client = UDPPeer()
        for endpoint in endpoints {
            client.send(Packets.query(), to: endpoint)
            #expect(try #require(client.receive()).from == endpoint)
        }
        #expect(plane.counters[.queries] == 100)
    }

    /// The kernel gives a port that is taken to a second socket of the same user that shares ports: of
    /// so many chosen by chance, some would meet.
    @Test func listenersOnPortsOfTheKernelsChoiceNeverMeet() throws {
        for _ in 0..<4 {
            let plane = try Self.refusing(workers: 2)
                .plane(listening: Array(repeating: "127.0.0.1:0", count: 200))
            defer { plane.stop(inFlightMilliseconds: 0) }
            #expect(Set(plane.boundEndpoints).count == 200)
        }
    }

    /// One peer plays all of them: what differs is their identity, as it would be their address.
    @Test func aThousandServersTakeSocketsAndMemoryWhenTheyAreAsked() throws {
        let count = 1_000
        let server = UDPPeer()
        let before = (files: Self.openFiles, bytes: Self.residentBytes)
        let fixture = PlaneFixture(
            workers: 2, servers: Array(repeating: server.endpoint, count: count))
        fixture.configuration.policy = .builtin(.roundrobin)
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        #expect(plane.fileLimit >= 2 * 4 * count, "the limit is raised")
        let idle = (files: Self.openFiles, bytes: Self.residentBytes)
        #expect(idle.files - before.files < 20, "nobody was asked")
        let clients = (0..<20).map { _ in UDPPeer() }
        for turn in 0..<count {
            let client = clients[turn % clients.count]
            client.send(Packets.query(id: UInt16(turn)), to: plane.boundEndpoints[0])
            let asked = try #require(server.receive())
            server.send(Packets.answer(to: asked.bytes), to: asked.from)
            #expect(client.receive().map { Packets.id($0.bytes) } == UInt16(turn))
        }
        let asked = (files: Self.openFiles, bytes: Self.residentBytes)
        #expect(fixture.handles.allSatisfy { $0.total(.responses) == 1 })
        #expect(asked.files - idle.files <= count + clients.count)
        let kilobytes = (
            idle: (idle.bytes - before.bytes) / 1_024, asked: (asked.bytes - before.bytes) / 1_024
        )
        print(
            "1 000 servers, 2 workers: \(kilobytes.idle) kB idle, \(kilobytes.asked) kB asked, "
                + "\(asked.files - idle.files) sockets")
        #expect(kilobytes.asked < 40_000, "\(kilobytes)")
    }
}
