// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Testing

@testable import Proxy

/// Would catch a subnet that a server is not told or another is, one that is too exact, and what we
/// added left in a client's answer.
@Suite(.serialized) struct ClientSubnetTests {
    private struct Scene {
        let server: UDPPeer
        let client: UDPPeer
        let fixture: PlaneFixture

        init(_ address: String = "127.0.0.1") {
            server = UDPPeer()
            client = UDPPeer(address)
            fixture = PlaneFixture(servers: [server.endpoint])
            fixture.configuration.servers[0].usesClientSubnet = true
        }

        /// What the server is asked, and what the client gets when the server answers all it was asked.
        func exchange(_ query: [UInt8]) throws -> (asked: [UInt8], answer: [UInt8]) {
            let listen = client.endpoint.address.family == .v6 ? "[::1]:0" : "127.0.0.1:0"
            let plane = try fixture.plane(listening: [listen])
            defer { plane.stop(inFlightMilliseconds: 0) }
            client.send(query, to: plane.boundEndpoints[0])
            let asked = try #require(server.receive())
            server.send(Packets.answer(to: asked.bytes), to: asked.from)
            return (asked.bytes, try #require(client.receive()).bytes)
        }
    }

    private static func edns(options: [UInt8]) -> [UInt8] {
        var query = Packets.query()
        query[11] = 1
        return query + [0, 0, 41, 4, 208, 0, 0, 128, 0, 0, UInt8(options.count)] + options
    }

    private static func tail(_ packet: [UInt8]) -> [UInt8] {
        Array(packet[Packets.query().count...])
    }

    @Test func aClientWithoutEDNSIsToldNothingOfIt() throws {
        let (asked, answer) = try Scene("127.1.2.3").exchange(Packets.query())
        #expect(asked[11] == 1)
        #expect(
            Self.tail(asked)
                == [0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 11, 0, 8, 0, 7, 0, 1, 24, 0, 127, 1, 2])
        #expect(answer == Packets.answer(to: Packets.query()))
    }

    @Test func anOptionOfOursLeavesTheClientsOPTAgain() throws {
        let query = Self.edns(options: [0, 10, 0, 1, 5])
        let (asked, answer) = try Scene().exchange(query)
        #expect(Self.tail(asked).suffix(11) == [0, 8, 0, 7, 0, 1, 24, 0, 127, 0, 0])
        #expect(answer == Packets.answer(to: query))
    }

    @Test(arguments: [(20, [127, 1, 0xe0]), (32, [127, 1, 0xef, 9]), (0, []), (1, [0])])
    func onlySoManyBitsAreTold(bits: Int, octets: [UInt8]) throws {
        let scene = Scene("127.1.239.9")
        scene.fixture.configuration.clientSubnet.bitsV4 = UInt8(bits)
        let (asked, _) = try scene.exchange(Packets.query())
        #expect(
            Array(Self.tail(asked).dropFirst(11))
                == [0, 8, 0, UInt8(4 + octets.count), 0, 1, UInt8(bits), 0] + octets)
    }

    @Test func theNewProtocolsNetworkIsToldLikewise() throws {
        let (asked, answer) = try Scene("::1").exchange(Packets.query())
        #expect(
            Self.tail(asked).dropFirst(11) == [0, 8, 0, 11, 0, 2, 56, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(answer == Packets.answer(to: Packets.query()))
    }

    @Test(arguments: [false, true])
    func aClientsOwnSubnetStandsUnlessItIsOverridden(overrides: Bool) throws {
        let scene = Scene()
        scene.fixture.configuration.clientSubnet.overrides = overrides
        let own: [UInt8] = [0, 8, 0, 6, 0, 1, 16, 0, 203, 0]
        let (asked, answer) = try scene.exchange(Self.edns(options: own))
        let told = overrides ? [0, 8, 0, 7, 0, 1, 24, 0, 127, 0, 0] : own
        #expect(Self.tail(asked).dropFirst(11) == ArraySlice(told))
        // It asked for one and is told the one that counted.
        #expect(Self.tail(answer).dropFirst(11) == ArraySlice(told))
    }

    @Test(arguments: [
        ("127.0.0.1", [UInt8(0), 8, 0, 7, 0, 1, 20, 0, 192, 0, 0x20]),
        ("::1", [0, 8, 0, 5, 0, 2, 3, 0, 0x20]),
    ])
    func aRulesNetworkIsToldInPlaceOfTheClients(_ client: String, _ option: [UInt8]) throws {
        let scene = Scene(client)
        scene.fixture.configuration.rules = [
            RuleDeclaration(
                selector: .all,
                action: .clientSubnet(
                    .networks(v4: IPPrefix("192.0.47.1/20")!, v6: IPPrefix("2001::/3")!)),
                name: "", location: SourceLocation(file: "test.lua", line: 1))
        ]
        let (asked, answer) = try scene.exchange(Packets.query())
        #expect(Self.tail(asked).dropFirst(11) == ArraySlice(option))
        #expect(answer == Packets.answer(to: Packets.query()))
    }

    @Test(arguments: ["server", "rule"])
    func nothingIsToldWhen(reason: String) throws {
        let scene = Scene()
        if reason == "server" {
            // The pool's cache would be asked with the subnet, the server is not.
            scene.fixture.configuration.servers[0].usesClientSubnet = false
            scene.fixture.configuration.pools = [PoolDeclaration(name: "")]
            scene.fixture.configuration.pools[0].usesClientSubnet = true
        } else {
            scene.fixture.configuration.rules = [
                RuleDeclaration(
                    selector: .all, action: .clientSubnet(.disable), name: "off",
                    location: SourceLocation(file: "test.lua", line: 1))
            ]
        }
        let (asked, answer) = try scene.exchange(Packets.query())
        #expect(Array(asked[2...]) == Array(Packets.query()[2...]))
        #expect(answer == Packets.answer(to: Packets.query()))
    }
}
