// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a value that dnsdist 1.7.3 takes and that is refused here, or taken for another.
///
/// Each line was tried with `dnsdist --check-config`. Where dnsdist takes what cannot be meant (a
/// weight of 0, a rate of nothing) and leaves a server out or cuts bits off, Pharos refuses; where
/// dnsdist refuses another form of the same thing, Pharos takes it.
@Suite struct CoercionTests {
    @Test(arguments: [
        ("order=1.5, weight=2.7, qps='99.9'", "1 2 99"), ("order='3', weight='4', qps=5", "3 4 5"),
        ("order=-1, weight=1, qps=0", "-1 1 0"), ("order=2.0, weight=1e2, qps='7'", "2 100 7"),
    ])
    func numbersOfServersMayBeTextAndLoseTheirFraction(_ keys: String, _ expected: String) throws {
        let server = try #require(
            try Fixture.configuration("newServer{address='192.0.2.1', \(keys)}").servers.first)
        #expect("\(server.order) \(server.weight) \(server.queriesPerSecondMax)" == expected)
    }

    @Test(arguments: ["5", "5.9", "'5'", "'5.9'", "10 / 2", "5.0"])
    func numbersOfCallsMayBeTextAndLoseTheirFraction(_ number: String) throws {
        let configuration = try Fixture.configuration(
            """
            addAction(MaxQPSIPRule(\(number)), DelayAction(\(number)))
            addAction(QNameLabelsCountRule(\(number), 9), QPSAction(\(number)))
            newPacketCache(\(number), {maxTTL=\(number)})
            setMaxUDPOutstanding(\(number))
            """)
        let limit = SourceQueryRateLimit(rate: QueryRateLimit(perSecond: 5, burst: 5))
        #expect(
            configuration.rules.map(\.selector) == [
                .sourceQueryRateAbove(limit), .labelCountOutside(min: 5, max: 9),
            ])
        #expect(
            configuration.rules.map(\.action) == [
                .delay(milliseconds: 5), .dropAbove(QueryRateLimit(perSecond: 5, burst: 5)),
            ])
        #expect(configuration.caches.map(\.entriesMax) == [5])
        #expect(configuration.caches.map(\.maxTTL) == [5])
        #expect(configuration.udpOutstandingMax == 5)
    }

    /// Our own calls are new: nothing that was written for them needs a fraction cut off.
    @Test func numbersOfOurOwnCallsAreWhole() {
        #expect(
            Fixture.refusal("announce{prefix='192.0.2.53/32', when='always', med=1.5}")
                .contains("med must be a whole number"))
    }

    @Test(arguments: [
        ("name=5", "5", [""]), ("name='a', pool=7", "a", ["7"]),
        ("name='a', pool={'x', 2}", "a", ["x", "2"]), ("name='a', pool=''", "a", [""]),
    ])
    func textMayBeANumber(_ keys: String, _ name: String, _ pools: [String]) throws {
        let server = try #require(
            try Fixture.configuration("newServer{address='192.0.2.1', \(keys)}").servers.first)
        #expect(server.name == name)
        #expect(server.pools == pools)
    }

    @Test(arguments: [
        ("'192.0.2.1'", "192.0.2.1:53"), ("'192.0.2.1:5300'", "192.0.2.1:5300"),
        ("'2001:db8::1'", "[2001:db8::1]:53"), ("'[2001:db8::1]'", "[2001:db8::1]:53"),
        ("'[2001:db8::1]:5300'", "[2001:db8::1]:5300"), ("'::1'", "[::1]:53"),
    ])
    func addressesHaveEveryForm(_ text: String, _ expected: String) throws {
        let configuration = try Fixture.configuration(
            "newServer(\(text)) setLocal(\(text)) newServer{address=\(text)}")
        #expect(configuration.servers.map(\.address.description) == [expected, expected])
        #expect(configuration.listeners?.map(\.endpoint.description) == [expected])
    }

    @Test(arguments: [
        "newServer{address='192.0.2.1', mustResolve='true'}", "setServFailWhenNoServer('true')",
        "setServFailWhenNoServer(1)", "newPacketCache(10, {dontAge='true'})",
        "addAction(TCPRule('true'), DropAction())",
        "addAction('a.example', RCodeAction('REFUSED'))",
        "setACL({'10.0.0.0/8', 'x'})", "addAction(AllRule(), 'drop')",
        "addAction(AllRule, DropAction)", "setServerPolicy('roundrobin')",
        "addResponseAction('a.example', DropAction())", "setLocal('x')", "newServer()",
        "addAction(RegexRule('a('), DropAction())", "foo()", "local a = nil a.b = 1",
    ])
    func whatDnsdistRefusesIsRefused(_ text: String) {
        #expect(Fixture.refusal(text) != "", "\(text)")
    }

    /// Symptom: a packaged configuration did not start, because its folder was not there.
    @Test func aFolderThatIsNotThereIsSaidAndTheFileGoesOn() throws {
        let configuration = try Fixture.configuration(
            "includeDirectory('/nowhere')\nnewServer('192.0.2.1')")
        #expect(configuration.servers.count == 1)
        #expect(
            configuration.warnings == [
                "test.lua:1: includeDirectory: '/nowhere' cannot be read: nothing is included"
            ])
    }
}
