// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a selector that asks something else than dnsdist's of the same name, or takes its
/// arguments in another order or with another default.
@Suite struct SelectorTests {
    /// The selector that `text` makes.
    private func selector(_ text: String) throws -> Selector? {
        try Fixture.configuration("addAction(\(text), NoneAction())").rules.first?.selector
    }

    private static let name: WireName = [3, 119, 119, 119, 7] + Array("example".utf8) + [0]
    private static let zone: WireName = [7] + Array("example".utf8) + [0]

    @Test(arguments: [
        ("AllRule()", Selector.all),
        ("QTypeRule(DNSQType.TXT)", .queryType(16)),
        ("QTypeRule('AAAA')", .queryType(28)),
        ("QTypeRule('65')", .queryType(65)),
        ("QClassRule(DNSClass.CHAOS)", .queryClass(3)),
        ("QClassRule(255)", .queryClass(255)),
        ("OpcodeRule(DNSOpcode.Notify)", .opcode(4)),
        ("OpcodeRule('5')", .opcode(5)),
        ("TCPRule(false)", .overTCP(false)),
        ("RDRule()", .recursionDesired),
        ("DNSSECRule()", .dnssecOK),
        ("EDNSOptionRule(8)", .ednsOption(8)),
        ("EDNSVersionRule(0)", .ednsVersionAbove(0)),
        ("TrailingDataRule()", .trailingData),
        ("DSTPortRule(5353)", .destinationPort(5_353)),
        ("RCodeRule(DNSRCode.SERVFAIL)", .responseCode(2)),
        ("ERCodeRule(16)", .extendedResponseCode(16)),
        ("RecordsCountRule(1, 0, 3)", .recordCount(section: 1, 0...3)),
        (
            "RecordsTypeCountRule(3, DNSQType.OPT, 1, 1)",
            .recordTypeCount(
                section: 3, type: 41, 1...1)
        ),
        ("ProbaRule(0.25)", .probability(0.25)),
        ("ProbaRule('1')", .probability(1)),
        ("TagRule('a')", .tag(name: "a", value: nil)),
        ("TagRule('a', 7)", .tag(name: "a", value: "7")),
        ("PoolAvailableRule('x')", .poolAvailable("x")),
        ("PoolOutstandingRule('x', 50)", .poolOutstandingAbove("x", 50)),
        ("QNameLabelsCountRule(2, 5)", .labelCountOutside(min: 2, max: 5)),
        ("QNameWireLengthRule(0, 150)", .nameLengthOutside(min: 0, max: 150)),
        ("RegexRule('^[0-9]{4,}\\\\.example$')", .regularExpression("^[0-9]{4,}\\.example$")),
        ("RE2Rule('^(ads|track)[.]')", .regularExpression("^(ads|track)[.]")),
        ("NotRule(AllRule())", .not(.all)),
        ("AndRule{AllRule(), RDRule()}", .and([.all, .recursionDesired])),
        ("OrRule({AllRule(), RDRule()})", .or([.all, .recursionDesired])),
    ])
    func asksWhatDnsdistAsks(_ text: String, _ expected: Selector) throws {
        #expect(try selector(text) == expected)
    }

    @Test func namesAreComparedInWireFormAndLowerCase() throws {
        #expect(try selector("QNameRule('WWW.Example.')") == .queryName(Self.name))
        #expect(
            try selector("QNameSuffixRule({'example', 'www.example'})")
                == .suffixes([Self.zone, Self.name]))
        #expect(try selector("SuffixMatchNodeRule('example')") == .suffixes([Self.zone]))
        #expect(try selector("QNameSetRule({'example'})") == .queryNames([Self.zone]))
    }

    @Test func netmasksAreOfTheSourceUnlessToldOtherwise() throws {
        let prefix = try #require(IPPrefix("192.0.2.0/24"))
        let other = try #require(IPPrefix("2001:db8::/32"))
        #expect(try selector("NetmaskGroupRule('192.0.2.0/24')") == .source([prefix]))
        #expect(
            try selector("NetmaskGroupRule({'192.0.2.0/24', '2001:db8::/32'}, false)")
                == .destination([prefix, other]))
    }

    /// In dnsdist MaxQPSRule matches what is within the rate, MaxQPSIPRule what exceeds it.
    @Test func ratesMatchOnDnsdistsSide() throws {
        #expect(
            try selector("MaxQPSRule(50)")
                == .not(.queryRateAbove(QueryRateLimit(perSecond: 50, burst: 50))))
        #expect(
            try selector("MaxQPSRule('50', 80)")
                == .not(.queryRateAbove(QueryRateLimit(perSecond: 50, burst: 80))))
        var limit = SourceQueryRateLimit(rate: QueryRateLimit(perSecond: 5, burst: 5))
        #expect(try selector("MaxQPSIPRule(5)") == .sourceQueryRateAbove(limit))
        limit.lengthV4 = 24
        limit.lengthV6 = 56
        limit.rate.burst = 9
        limit.expirationSeconds = 60
        #expect(
            try selector("MaxQPSIPRule(5, 24, 56, 9, 60, 10, 5, 4)")
                == .sourceQueryRateAbove(limit))
    }

    @Test func luaRuleBindsItsFunctionForThePlane() throws {
        let configuration = try Fixture.configuration(
            "addAction(LuaRule(function(dq) return true end), DropAction())")
        let function = try #require(configuration.functions.first)
        #expect(configuration.rules.first?.selector == .script(function))
        #expect(function.kind == .queryRule)
        #expect(configuration.needsPlaneScripts)
    }

    @Test func storesAreLookedUpByTheirKeys() throws {
        let configuration = try Fixture.configuration(
            """
            local store = newCDBKVStore("/tmp/list.cdb", 30)
            addAction(KeyValueStoreLookupRule(store, KeyValueLookupKeyQName(false)), DropAction())
            addAction(KeyValueStoreLookupRule(store, KeyValueLookupKeySuffix(2)), DropAction())
            addAction(KeyValueStoreLookupRule(store, KeyValueLookupKeySourceIP(24)), DropAction())
            addAction(KeyValueStoreLookupRule(store, KeyValueLookupKeyTag("t")), DropAction())
            """)
        #expect(configuration.keyValueStores.map(\.path) == ["/tmp/list.cdb"])
        #expect(configuration.keyValueStores.map(\.refreshSeconds) == [30])
        #expect(
            configuration.rules.map(\.selector) == [
                .keyValueStore(ordinal: 0, .queryName(isWire: false)),
                .keyValueStore(ordinal: 0, .suffixes(minLabels: 2, isWire: true)),
                .keyValueStore(
                    ordinal: 0, .sourceAddress(lengthV4: 24, lengthV6: 128, includesPort: false)),
                .keyValueStore(ordinal: 0, .tag("t")),
            ])
    }

    @Test(arguments: ["HTTPPathRule('/x')", "SNIRule('x')", "ProxyProtocolValueRule(42)"])
    func whatCannotMatchIsWarnedOf(_ text: String) throws {
        let configuration = try Fixture.configuration("addAction(\(text), DropAction())")
        #expect(configuration.rules.first?.selector == .not(.all))
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.first?.contains("it matches nothing") == true)
    }

    @Test(arguments: [
        ("QTypeRule('AAAAA')", "type 'AAAAA' is not a type of record; did you mean 'AAAA'?"),
        ("RegexRule('a(')", "RegexRule: 'a(' is no expression"),
        ("RE2Rule('\\\\d+')", "has \\d, which a POSIX extended expression has not; write [0-9]"),
        ("ProbaRule(2)", "ProbaRule: probability must be from 0 to 1, not the number 2"),
        ("QNameRule('a..b')", "QNameRule: name 'a..b' is not a name"),
        ("QNameRule('')", "QNameRule: name is empty"),
        ("RecordsCountRule(1, 5, 2)", "minCount 5 is more than maxCount 2"),
        ("LuaRule(nil)", "LuaRule: function must be a function (is it spelt right?), not nil"),
        ("AndRule{}", "AndRule: the list of rules is empty"),
        ("TCPRule('true')", "TCPRule: tcp must be true or false, not 'true'"),
    ])
    func wrongArgumentsAreNamedWithTheirLine(_ text: String, _ message: String) {
        let refusal = Fixture.refusal("\naddAction(\(text), DropAction())")
        #expect(refusal.hasPrefix("test.lua:2: "))
        #expect(refusal.contains(message), "\(refusal)")
    }
}
