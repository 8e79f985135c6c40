// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import Testing

@testable import Proxy

/// Would catch: an answer of ours with an OPT that nobody asked for, or without one, one that says the
/// wrong size, version or DO, and a cookie of one client in another's answer.
@Suite struct EDNSTests {
    /// Each way in which Pharos answers itself.
    enum Way: CaseIterable {
        case code, extendedCode, address, alias, truncation, identity, refusedIdentity, noServer
        case noServerWithSubnet
    }

    private static func desk(_ way: Way) throws -> Desk {
        try Desk { configuration in
            func answer(_ action: Action) {
                configuration.rules = [
                    RuleDeclaration(
                        selector: .all, action: action, name: "",
                        location: SourceLocation(file: "test.lua", line: 1))
                ]
            }
            configuration.identity = ServerIdentityDeclaration(name: "node")
            switch way {
            case .code: answer(.responseCode(5))
            case .extendedCode: answer(.extendedResponseCode(23))
            case .address: answer(.spoofAddresses([IPAddress("192.0.2.1")!]))  // our own text
            case .alias: answer(.spoofAlias([1, 97, 0]))
            case .truncation: answer(.truncate)
            case .identity, .refusedIdentity: break
            case .noServer, .noServerWithSubnet:
                configuration.servers[0].initialState = .down
                configuration.answersServFailWhenNoServer = true
                configuration.pools[0].usesClientSubnet = way == .noServerWithSubnet
            }
        }
    }

    /// A query for a name that its way answers; `edns` is what follows the question.
    private static func query(_ way: Way, _ edns: [UInt8]) -> [UInt8] {
        var query: [UInt8]
        switch way {
        case .identity: query = Packets.query("id.server", type: 16)
        case .refusedIdentity: query = Packets.query("version.bind", type: 16)
        default: query = Packets.query()
        }
        if way == .identity || way == .refusedIdentity { query[query.count - 1] = 3 }
        query[11] = edns.isEmpty ? 0 : 1
        return query + edns
    }

    private static func opt(version: UInt8 = 0, dnssecOK: Bool) -> [UInt8] {
        [0, 0, 41, 16, 0, 0, version, dnssecOK ? 0x80 : 0, 0, 0, 0]
    }

    @Test(arguments: Way.allCases)
    func whoAsksWithoutEDNSIsAnsweredWithoutIt(way: Way) throws {
        let answer = try #require(Self.desk(way).ask(Self.query(way, [])))
        let message = try DNSMessage(decoding: answer)
        #expect(message.edns == nil)
        #expect(answer[11] == 0)
    }

    @Test(arguments: Way.allCases, [false, true])
    func whoAsksWithEDNSIsAnsweredWithItsDOAndOurSize(way: Way, dnssecOK: Bool) throws {
        for overTCP in [false, true] where way != .truncation || !overTCP {
            let answer = try #require(
                Self.desk(way).ask(
                    Self.query(way, Self.opt(dnssecOK: dnssecOK)), overTCP: overTCP))
            let edns = try #require(try DNSMessage(decoding: answer).edns)
            #expect(edns.dnssecOK == dnssecOK && edns.payloadBytes == 1_232)
            #expect(edns.version == 0 && edns.options.isEmpty)
        }
    }

    /// RFC 6891 §6.1.3 asks for it; dnsdist 1.7 answers with its own code and version 0.
    @Test(arguments: Way.allCases)
    func anotherVersionOfEDNSIsToldBADVERSAndNothingElse(way: Way) throws {
        let answer = try #require(
            Self.desk(way).ask(Self.query(way, Self.opt(version: 1, dnssecOK: true))))
        let message = try DNSMessage(decoding: answer)
        #expect(message.responseCode == .badVersion)
        #expect(message.answers.isEmpty && !message.flags.isTruncated)
        #expect(message.edns?.version == 0 && message.edns?.dnssecOK == true)
    }

    @Test func anotherVersionOfEDNSIsForwardedAsItIs() throws {
        let desk = try Desk()
        #expect(desk.ask(Packets.edns([], version: 1)) == nil)
        #expect(desk.counters[.forwarded] == 1)
    }

    // MARK: Cookies (RFC 7873)

    private static let cookie: [UInt8] = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
    private static let otherCookie: [UInt8] = [0, 10, 0, 8, 8, 7, 6, 5, 4, 3, 2, 1]
    private static let padding: [UInt8] = [0, 12, 0, 1, 0]

    @Test func aKeptAnswerHasNobodysCookie() throws {
        let desk = try Desk()
        #expect(desk.ask(Packets.edns(Self.cookie)) == nil)
        desk.keep(
            Packets.oneRecord(to: Packets.edns(Self.cookie + Self.padding)), for: Packets.query())
        let kept = Packets.oneRecord(to: Packets.edns(Self.padding))
        #expect(desk.ask(Packets.edns(Self.otherCookie)) == kept)
        #expect(desk.ask(Packets.edns(Self.cookie)) == kept)
        #expect(desk.ask(Packets.edns([])) == kept)
    }

    @Test func withCookieHashingEachCookieHasItsOwnAnswer() throws {
        let desk = try Desk { $0.caches[0].skippedOptions = [] }
        let answer = Packets.oneRecord(to: Packets.edns(Self.cookie))
        #expect(desk.ask(Packets.edns(Self.cookie)) == nil)
        desk.keep(answer, for: Packets.query())
        #expect(desk.ask(Packets.edns(Self.cookie)) == answer)
        #expect(desk.ask(Packets.edns(Self.otherCookie)) == nil)
    }

    @Test func anAnswerWhoseCookieCannotBeTakenOutIsNotKept() throws {
        let desk = try Desk()
        #expect(desk.ask(Packets.edns(Self.cookie)) == nil)
        // Behind the OPT is another record, so that nothing of it may move.
        var answer = Packets.oneRecord(to: Packets.edns(Self.cookie))
        answer[11] += 1
        answer += [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]
        desk.keep(answer, for: Packets.query())
        #expect(desk.ask(Packets.edns(Self.cookie)) == nil)
    }
}
