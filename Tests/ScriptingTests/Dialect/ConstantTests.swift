// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a constant with another number than the protocol's or dnsdist's, and one that a
/// selector or an action does not take.
@Suite struct ConstantTests {
    /// Of the IANA registries of DNS parameters.
    @Test(arguments: [
        ("A", UInt16(1)), ("NS", 2), ("CNAME", 5), ("SOA", 6), ("PTR", 12), ("MX", 15),
        ("TXT", 16), ("AAAA", 28), ("SRV", 33), ("NAPTR", 35), ("DS", 43), ("RRSIG", 46),
        ("NSEC", 47), ("DNSKEY", 48), ("TLSA", 52), ("SVCB", 64), ("HTTPS", 65), ("IXFR", 251),
        ("AXFR", 252), ("ANY", 255), ("CAA", 257),
    ])
    func typesSelectByNameNumberAndConstant(_ name: String, _ number: UInt16) throws {
        let rules = try Fixture.configuration(
            """
            assert(DNSQType.\(name) == \(number))
            addAction(QTypeRule(DNSQType.\(name)), DropAction())
            addAction(QTypeRule("\(name)"), DropAction())
            addAction(QTypeRule(\(number)), DropAction())
            addAction(QTypeRule("\(number)"), DropAction())
            """
        ).rules
        #expect(rules.map(\.selector) == Array(repeating: .queryType(number), count: 4))
    }

    @Test(arguments: [("IN", UInt16(1)), ("CHAOS", 3), ("NONE", 254), ("ANY", 255)])
    func classesSelect(_ name: String, _ number: UInt16) throws {
        let rules = try Fixture.configuration(
            "addAction(QClassRule(DNSClass.\(name)), DropAction())"
        ).rules
        #expect(rules.map(\.selector) == [.queryClass(number)])
    }

    @Test(arguments: [
        ("Query", UInt8(0)), ("IQuery", 1), ("Status", 2), ("Notify", 4), ("Update", 5),
    ])
    func opcodesSelect(_ name: String, _ number: UInt8) throws {
        let rules = try Fixture.configuration(
            "addAction(OpcodeRule(DNSOpcode.\(name)), DropAction())"
        ).rules
        #expect(rules.map(\.selector) == [.opcode(number)])
    }

    @Test(arguments: [
        ("NOERROR", UInt8(0)), ("FORMERR", 1), ("SERVFAIL", 2), ("NXDOMAIN", 3), ("NOTIMP", 4),
        ("REFUSED", 5), ("YXDOMAIN", 6), ("NOTAUTH", 9), ("NOTZONE", 10),
    ])
    func codesAnswerAndSelect(_ name: String, _ number: UInt8) throws {
        let configuration = try Fixture.configuration(
            """
            addAction(AllRule(), RCodeAction(DNSRCode.\(name)))
            addResponseAction(RCodeRule(DNSRCode.\(name)), DropResponseAction())
            """)
        #expect(configuration.rules.map(\.action) == [.responseCode(number)])
        #expect(configuration.responseRules.map(\.selector) == [.responseCode(number)])
    }

    /// What each number then does is Balancing's ``ScriptRuleTests`` and ``ResponseRuleTests``.
    @Test(arguments: [
        ("Drop", ScriptAction.drop), ("Nxdomain", .nxdomain), ("Refused", .refused),
        ("Spoof", .spoof), ("Allow", .allow), ("HeaderModify", .headerModify), ("Pool", .pool),
        ("Delay", .delay), ("Truncate", .truncate), ("ServFail", .servFail), ("None", .none),
        ("NoOp", .noOp), ("NoRecurse", .noRecurse), ("SpoofRaw", .spoofRaw),
    ])
    func actionsAreReturnedByTheirNumber(_ name: String, _ action: ScriptAction) throws {
        let outcome = try ActionBench.action("return DNSAction.\(name)")
            .call(try ActionBench.query("www.example.com"))
        #expect(outcome.code == action.rawValue)
    }

    @Test(arguments: [
        ("Allow", ScriptResponseAction.allow), ("Delay", .delay), ("Drop", .drop),
        ("HeaderModify", .headerModify), ("ServFail", .servFail), ("Truncate", .truncate),
        ("None", .none),
    ])
    func responseActionsAreReturnedByTheirNumber(
        _ name: String, _ action: ScriptResponseAction
    ) throws {
        let outcome = try ActionBench.response("return DNSResponseAction.\(name)")
            .call(try ActionBench.query("www.example.com"), kind: .responseAction)
        #expect(outcome.code == action.rawValue)
    }
}
