// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: an action that does something else than dnsdist's of the same name, in any of the
/// names it had, or takes its arguments in another order or with another default.
@Suite struct ActionTests {
    private func action(_ text: String) throws -> Action? {
        try Fixture.configuration("addAction(AllRule(), \(text))").rules.first?.action
    }

    private static let alias: WireName =
        [4] + Array("host".utf8) + [7] + Array("example".utf8) + [0]

    @Test(arguments: [
        ("AllowAction()", Action.allow),
        ("DropAction()", .drop),
        ("TCAction()", .truncate),
        ("NoneAction()", .none),
        ("RCodeAction(DNSRCode.REFUSED)", .responseCode(5)),
        ("RCodeAction('3')", .responseCode(3)),
        ("ERCodeAction(16)", .extendedResponseCode(16)),
        ("PoolAction('x')", .pool("x")),
        ("PoolAction('x', false)", .pool("x", endsChain: false)),
        ("PoolAction(7)", .pool("7")),
        ("QPSAction(9)", .dropAbove(QueryRateLimit(perSecond: 9, burst: 9))),
        ("QPSPoolAction(9, 'x')", .poolWithin(QueryRateLimit(perSecond: 9, burst: 9), pool: "x")),
        (
            "QPSPoolAction(9, 'x', false)",
            .poolWithin(
                QueryRateLimit(perSecond: 9, burst: 9), pool: "x", endsChain: false)
        ),
        ("DelayAction(750)", .delay(milliseconds: 750)),
        ("SetNoRecurseAction()", .noRecurse),
        ("NoRecurseAction()", .noRecurse),
        ("SetDisableValidationAction()", .disableValidation),
        ("DisableValidationAction()", .disableValidation),
        ("SetSkipCacheAction()", .skipCache),
        ("SkipCacheAction()", .skipCache),
        ("SetTagAction('a', 'b')", .setTag(name: "a", value: "b")),
        ("TagAction('a', 1)", .setTag(name: "a", value: "1")),
        ("SetTempFailureCacheTTLAction(5)", .temporaryFailureTTL(5)),
        ("TempFailureCacheTTLAction(5)", .temporaryFailureTTL(5)),
        ("SetDisableECSAction()", .clientSubnet(.disable)),
        ("DisableECSAction()", .clientSubnet(.disable)),
        ("SetECSOverrideAction(true)", .clientSubnet(.override(true))),
        ("ECSOverrideAction(false)", .clientSubnet(.override(false))),
        ("SetECSPrefixLengthAction(24, 56)", .clientSubnet(.prefixLengths(v4: 24, v6: 56))),
        (
            "SetECSAction('192.0.2.7/24')",
            .clientSubnet(
                .networks(v4: IPPrefix("192.0.2.0/24")!, v6: IPPrefix("192.0.2.0/24")!))
        ),
        (
            "SetECSAction('192.0.2.1', '2001:db8::/56')",
            .clientSubnet(
                .networks(v4: IPPrefix("192.0.2.1/32")!, v6: IPPrefix("2001:db8::/56")!))
        ),
        ("ECSPrefixLengthAction(20, 48)", .clientSubnet(.prefixLengths(v4: 20, v6: 48))),
        ("SpoofCNAMEAction('Host.example')", .spoofAlias(alias)),
        ("SpoofAction('host.example.')", .spoofAlias(alias)),
        ("SpoofRawAction('\\003abc')", .spoofRaw([[3, 97, 98, 99]], type: nil)),
        (
            "SpoofRawAction({'a', 'b'}, {typeForAny=DNSQType.HINFO})",
            .spoofRaw(
                [[97], [98]], type: 13)
        ),
    ])
    func doesWhatDnsdistDoes(_ text: String, _ expected: Action) throws {
        #expect(try action(text) == expected)
    }

    @Test(arguments: [
        "SpoofAction('192.0.2.1')", "SpoofAction({'192.0.2.1'})", "SpoofAction('192.0.2.1', nil)",
    ])
    func oneAddressMayStandAlone(_ text: String) throws {
        #expect(try action(text) == .spoofAddresses([try #require(IPAddress("192.0.2.1"))]))
    }

    @Test(arguments: [
        "SpoofAction('192.0.2.1', '2001:db8::1')", "SpoofAction({'192.0.2.1', '2001:db8::1'})",
    ])
    func twoFamiliesInBothForms(_ text: String) throws {
        let addresses = try ["192.0.2.1", "2001:db8::1"].map { try #require(IPAddress($0)) }
        #expect(try action(text) == .spoofAddresses(addresses))
    }

    @Test(arguments: [
        "SpoofAction('192.0.2.1', {ttl=7, aa=true, ad=false, ra=true})",
        "SpoofAction('192.0.2.1', nil, {ttl='7', aa=true, ad=false, ra=true})",
    ])
    func optionsSetTTLAndHeaderBits(_ text: String) throws {
        var options = SpoofOptions()
        options.ttl = 7
        options.aa = true
        options.ad = false
        options.ra = true
        #expect(
            try action(text)
                == .spoofAddresses([try #require(IPAddress("192.0.2.1"))], options))
    }

    @Test func answersTakeHeaderBits() throws {
        var options = SpoofOptions()
        options.aa = true
        #expect(try action("RCodeAction(3, {aa=true})") == .responseCode(3, options))
        #expect(try action("ERCodeAction(23, {aa=true})") == .extendedResponseCode(23, options))
    }

    @Test func luaActionBindsItsFunctionForThePlane() throws {
        let configuration = try Fixture.configuration(
            """
            addAction(AllRule(), LuaAction(function(dq) return DNSAction.None end))
            addLuaAction("example.com", function(dq) return DNSAction.Drop end)
            """)
        #expect(configuration.functions.map(\.kind) == [.queryRule, .queryRule])
        #expect(configuration.rules.map(\.action) == configuration.functions.map { .script($0) })
        #expect(configuration.rules.map(\.location.line) == [1, 2])
    }

    @Test(arguments: [
        ("", LogTarget(path: "")),
        ("'/tmp/x', false, true, false", target("/tmp/x") { $0.appends = true }),
        (
            "'', false, true, false, false, true",
            target("") {
                $0.appends = true
                $0.isVerboseOnly = false
                $0.includesTime = true
            }
        ),
    ])
    func logActionReadsItsPositions(_ arguments: String, _ expected: LogTarget) throws {
        let configuration = try Fixture.configuration(
            "addAction(AllRule(), LogAction(\(arguments)))")
        #expect(configuration.rules.first?.action == .log(expected))
        #expect(configuration.warnings.isEmpty)
    }

    private static func target(
        _ path: String, _ change: (inout LogTarget) -> Void
    ) -> LogTarget {
        var target = LogTarget(path: path)
        change(&target)
        return target
    }

    @Test func binaryLogsAreWarnedOf() throws {
        #expect(
            try Fixture.configuration("addAction(AllRule(), LogAction('/tmp/x'))").warnings == [
                "test.lua:1: LogAction: the file is written as text, not in dnsdist's binary form"
            ])
    }

    /// dnsdist does what the wrapped action does to the query and ignores its verdict.
    @Test(arguments: [
        ("PoolAction('x')", Action.pool("x", endsChain: false)),
        (
            "QPSPoolAction(1, 'x')",
            .poolWithin(
                QueryRateLimit(perSecond: 1, burst: 1), pool: "x", endsChain: false)
        ),
        ("SetTagAction('a', 'b')", .setTag(name: "a", value: "b")),
        ("DropAction()", .none),
        ("AllowAction()", .none),
    ])
    func continueActionGoesOn(_ text: String, _ expected: Action) throws {
        #expect(try action("ContinueAction(\(text))") == expected)
    }

    @Test func continueActionCannotGoOnAfterAnAnswer() throws {
        let configuration = try Fixture.configuration(
            "addAction(AllRule(), ContinueAction(RCodeAction(5)))")
        #expect(configuration.rules.first?.action == .responseCode(5))
        #expect(configuration.warnings.count == 1)
    }

    @Test(arguments: [
        ("SetMacAddrAction(5)", "queries go out without the client's MAC address"),
        ("MacAddrAction(5)", "queries go out without the client's MAC address"),
        ("TeeAction('192.0.2.1')", "no copy of a query is sent"),
        ("SetEDNSOptionAction(65001, 'x')", "queries go out without the option"),
        ("DnstapLogAction('me', newFrameStreamUnixLogger('/tmp/x'))", "no query is logged"),
        ("RemoteLogAction(newRemoteLogger('192.0.2.1:4242'))", "no query is logged"),
    ])
    func whatWeHaveNotIsWarnedOfAndDoesNothing(_ text: String, _ instead: String) throws {
        let configuration = try Fixture.configuration(
            "local a = \(text)\naddAction(AllRule(), a) addAction(RDRule(), a)")
        #expect(configuration.rules.map(\.action) == [.none, .none])
        #expect(configuration.warnings.filter { $0.hasSuffix(instead) }.count == 1)
    }

    @Test func negativeAnswersCarryTheirRecord() throws {
        let configuration = try Fixture.configuration(
            """
            addAction("a.example", NegativeAndSOAAction(true, "example.", 61, "ns.example.",
              "me.", 1, 2, 3, 4, 0xffffffff, {aa=true, soaInAuthoritySection=true}))
            addAction("b.example", SetNegativeAndSOAAction(false, "example.", 60, "ns.example.",
              "me.", 1, 2, 3, 4, 5))
            """)
        var options = SpoofOptions()
        (options.aa, options.ttl) = (true, 61)
        let zone = Array("\u{7}example\0".utf8)
        let names = Array("\u{2}ns\u{7}example\0\u{2}me\0".utf8)
        let numbers: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]
        #expect(
            configuration.rules.map(\.action) == [
                .negative(
                    isNameError: true,
                    StartOfAuthority(
                        zone: zone, data: names + numbers + [255, 255, 255, 255],
                        isInAuthoritySection: true), options),
                .negative(
                    isNameError: false,
                    StartOfAuthority(
                        zone: zone, data: names + numbers + [0, 0, 0, 5],
                        isInAuthoritySection: false)),
            ])
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: [
        ("RCodeAction(16)", "RCodeAction: rcode must be from 0 to 15, not the number 16"),
        (
            "NegativeAndSOAAction(true, 'a.', 60, 'b.', 'c.', 1, 2, 3, 4)",
            "NegativeAndSOAAction: minimum must be a whole number"
        ),
        ("SetECSAction('net')", "SetECSAction: v4 is 'net', which is no network; write"),
        ("SpoofAction({})", "SpoofAction: the list of addresses is empty"),
        ("SpoofAction({'192.0.2.1', 'x'})", "SpoofAction: 'x' is not an address"),
        ("SpoofRawAction(7)", "SpoofRawAction: the number 7 is no record's data"),
        ("LuaAction(undefined)", "LuaAction: function must be a function (is it spelt right?)"),
        ("DropResponseAction()", "a response action acts on answers; use addResponseAction"),
        ("AllRule()", "addAction: action must be an action, not a rule selector"),
        ("DelayAction(-1)", "DelayAction: milliseconds must be from 0 to 60000"),
    ])
    func wrongArgumentsAreNamedWithTheirLine(_ text: String, _ message: String) {
        let refusal = Fixture.refusal("\naddAction(AllRule(), \(text))")
        #expect(refusal.hasPrefix("test.lua:2: "))
        #expect(refusal.contains(message), "\(refusal)")
    }
}
