// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Testing

@testable import Proxy

/// Would catch: somebody told who we are against the configuration, a server's version that leaks, an
/// NSID that a server is asked for, that one client gets for another, or that makes an answer too long.
@Suite(.serialized) struct IdentityTests {
    private static let nsid: [UInt8] = [0, 3, 0, 4, 110, 111, 100, 101]
    private static let asksNSID: [UInt8] = [0, 3, 0, 0]

    private static func configure(_ configuration: inout DeclaredConfiguration) {
        configuration.identity = ServerIdentityDeclaration(name: "node")
    }

    private static func chaos(_ name: String, type: UInt16 = 16) -> [UInt8] {
        var query = Packets.query(name, type: type)
        query[query.count - 1] = 3
        return query
    }

    /// What a TXT record of ours with this text is.
    private static func record(_ text: String) -> [UInt8] {
        let octets = Array(text.utf8)
        return [0xc0, 12, 0, 16, 0, 3, 0, 0, 0, 0, 0, UInt8(octets.count + 1)]
            + [UInt8(octets.count)] + octets
    }

    // MARK: Class CH

    @Test(
        arguments: [
            ("id.server", "node"), ("ID.Server", "node"), ("hostname.bind", "node"),
            ("version.bind", "1.2"), ("version.server", "1.2"), ("version.pdns", "1.2"),
        ], [UInt16(16), 255])
    func tellsWhoItIs(_ name: (asked: String, told: String), type: UInt16) throws {
        let desk = try Desk {
            Self.configure(&$0)
            $0.identity.version = Array("1.2".utf8)
        }
        let query = Self.chaos(name.asked, type: type)
        var answer = Packets.answer(to: query)
        answer[2] |= 0x04
        answer[7] = 1
        for overTCP in [false, true] {
            #expect(desk.ask(query, overTCP: overTCP) == answer + Self.record(name.told))
        }
        #expect(desk.counters[.selfAnswered] == 2)
    }

    @Test(arguments: ["version.bind", "version.server", "version.pdns"])
    func refusesWhatItDoesNotTellSoThatNoServersVersionLeaks(name: String) throws {
        let desk = try Desk(Self.configure)
        #expect(
            desk.ask(Self.chaos(name)) == Packets.answer(to: Self.chaos(name), responseCode: 5))
    }

    @Test func aServerIsAskedWhenThatIsAllowed() throws {
        let desk = try Desk {
            Self.configure(&$0)
            $0.identity.forwardsUntold = true
        }
        #expect(desk.ask(Self.chaos("version.bind")) == nil)
        #expect(desk.ask(Self.chaos("id.server")) != nil)
        #expect(desk.counters[.forwarded] == 1)
    }

    @Test func otherTypesHaveNothing() throws {
        let query = Self.chaos("id.server", type: 1)
        var answer = Packets.answer(to: query)
        answer[2] |= 0x04
        #expect(try Desk(Self.configure).ask(query) == answer)
    }

    @Test(arguments: ["id.servers", "xid.server", "id.server.example", "id", "authors.bind"])
    func otherNamesAreQuestionsAsAnyOther(name: String) throws {
        let desk = try Desk(Self.configure)
        #expect(desk.ask(Self.chaos(name)) == nil)
        #expect(desk.ask(Packets.query("id.server", type: 16)) == nil)
        #expect(desk.counters[.forwarded] == 2)
    }

    @Test func aRuleComesFirst() throws {
        let desk = try Desk {
            Self.configure(&$0)
            $0.rules = [
                RuleDeclaration(
                    selector: .queryClass(3), action: .responseCode(4), name: "",
                    location: SourceLocation(file: "test.lua", line: 1))
            ]
        }
        #expect(Packets.responseCode(try #require(desk.ask(Self.chaos("id.server")))) == 4)
    }

    // MARK: NSID

    @Test func aServerIsNotAskedForItsOwnAndTheClientGetsOurs() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        Self.configure(&fixture.configuration)
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let cookie: [UInt8] = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        client.send(Packets.edns(Self.asksNSID + cookie), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        // The rest is untouched, the cookie too.
        #expect(Array(asked.bytes[2...]) == Array(Packets.edns(cookie)[2...]))
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        let answer = try #require(client.receive()).bytes
        #expect(answer == Packets.answer(to: Packets.edns(cookie + Self.nsid)))
    }

    @Test func oneKeptAnswerServesWhoAsksForItAndWhoDoesNot() throws {
        let desk = try Desk(Self.configure)
        #expect(desk.ask(Packets.edns(Self.asksNSID)) == nil)
        desk.keep(Packets.oneRecord(to: Packets.edns([])), for: Packets.query())
        #expect(desk.ask(Packets.edns([])) == Packets.oneRecord(to: Packets.edns([])))
        #expect(
            desk.ask(Packets.edns(Self.asksNSID)) == Packets.oneRecord(to: Packets.edns(Self.nsid))
        )
        #expect(desk.counters[.cacheHits] == 2)
    }

    @Test(arguments: [false, true])
    func ourOwnAnswersCarryIt(overTCP: Bool) throws {
        let desk = try Desk {
            Self.configure(&$0)
            $0.rules = [
                RuleDeclaration(
                    selector: .queryClass(1), action: .responseCode(5), name: "",
                    location: SourceLocation(file: "test.lua", line: 1))
            ]
        }
        let answer = try #require(desk.ask(Packets.edns(Self.asksNSID), overTCP: overTCP))
        #expect(answer.suffix(Self.nsid.count) == ArraySlice(Self.nsid))
        #expect(Packets.responseCode(answer) == 5)
        // Nobody else is told.
        #expect(desk.ask(Packets.edns([])).map { $0.suffix(2) } == [0, 0])
        #expect(desk.ask(Packets.query()) == Packets.answer(to: Packets.query(), responseCode: 5))
    }

    @Test(arguments: [(short: 0, has: true), (short: 1, has: false)])
    func itIsLeftOutWhereTheAnswerWouldBeTooLong(short: Int, has: Bool) throws {
        let desk = try Desk(Self.configure)
        let query = Packets.edns([], payload: 700)
        let bare = Packets.oneRecord(to: query, dataBytes: 4).count
        let answer = Packets.oneRecord(
            to: query, dataBytes: 700 - bare + 4 - Self.nsid.count + short)
        #expect(desk.ask(query) == nil)
        desk.keep(answer, for: Packets.query())
        let got = desk.ask(Packets.edns(Self.asksNSID, payload: 700))
        #expect(got?.count == (has ? 700 : answer.count))
        #expect((got?.suffix(Self.nsid.count) == ArraySlice(Self.nsid)) == has)
        // Over TCP the client's size says nothing.
        #expect(desk.ask(query, overTCP: true) == nil)
        desk.keep(answer, for: Packets.query())
        let whole = desk.ask(Packets.edns(Self.asksNSID, payload: 700), overTCP: true)
        #expect(whole?.count == answer.count + Self.nsid.count)
    }

    @Test func switchedOffTheOptionIsTheServersAffair() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        Self.configure(&fixture.configuration)
        fixture.configuration.identity.nsid = nil
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.edns(Self.asksNSID), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        #expect(Array(asked.bytes[2...]) == Array(Packets.edns(Self.asksNSID)[2...]))
        let theirs: [UInt8] = [0, 3, 0, 1, 33]
        server.send(
            Packets.answer(to: Array(asked.bytes[..<2]) + Packets.edns(theirs)[2...]),
            to: asked.from)
        #expect(
            try #require(client.receive()).bytes == Packets.answer(to: Packets.edns(theirs)))
    }

    @Test func anAnswerWithoutAnOPTStaysSo() throws {
        let desk = try Desk(Self.configure)
        #expect(desk.ask(Packets.edns(Self.asksNSID)) == nil)
        let plain = Packets.answer(to: Packets.query())
        #expect(desk.addNSID(to: plain) == plain)
    }
}
