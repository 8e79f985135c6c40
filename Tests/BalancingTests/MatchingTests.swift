// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc
import Testing

@testable import Balancing

/// Catches an access list or a rule that lets the wrong clients or queries through.
@Suite struct MatchingTests {
    private func address(_ text: String) throws -> IPAddress {
        try #require(IPAddress(text))
    }

    private func prefixes(_ texts: [String]) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }

    @Test(arguments: [
        ("127.0.0.1", true), ("126.255.255.255", false), ("128.0.0.0", false),
        ("10.0.0.0", true), ("10.255.255.255", true), ("11.0.0.0", false),
        ("100.64.0.1", true), ("100.128.0.0", false), ("172.31.255.255", true),
        ("172.32.0.0", false), ("192.168.1.1", true), ("169.254.9.9", true), ("8.8.8.8", false),
        ("::1", true), ("::2", false), ("fe80::1", true), ("fec0::1", false), ("fd00::1", true),
        ("2001:db8::1", false), ("::ffff:10.0.0.1", true), ("::ffff:8.8.8.8", false),
    ])
    func dnsdistsDefaultListIsFollowed(text: String, isAllowed: Bool) throws {
        let set = PrefixSet(DeclaredConfiguration.defaultACL)
        defer { set.deallocate() }
        #expect(set.contains(try address(text)) == isAllowed)
    }

    @Test(arguments: ["0.0.0.0", "255.255.255.255", "1.2.3.4"])
    func theWholeOfOneFamilyIsNotTheOther(text: String) throws {
        let set = PrefixSet(prefixes(["0.0.0.0/0"]))
        defer { set.deallocate() }
        #expect(set.contains(try address(text)))
        #expect(!set.contains(try address("2001:db8::1")))
    }

    @Test func theWholeOfIPv6HoldsItsEnds() throws {
        let set = PrefixSet(prefixes(["::/0"]))
        defer { set.deallocate() }
        #expect(set.contains(try address("::")))
        #expect(set.contains(try address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")))
        #expect(!set.contains(try address("1.2.3.4")))
    }

    @Test func anEmptySetHoldsNothing() throws {
        let set = PrefixSet([])
        defer { set.deallocate() }
        #expect(!set.contains(try address("127.0.0.1")))
    }

    @Test func randomPrefixesAgreeWithALinearSearch() {
        var generator = SelectionGenerator(seed: Seed.value)
        for _ in 0..<50 {
            let list = (0..<40).compactMap { _ in
                IPPrefix(
                    masking: IPAddress(v4: UInt32.random(in: 0..<1 << 16, using: &generator) << 8),
                    length: Int.random(in: 6...32, using: &generator))
            }
            let set = PrefixSet(list)
            defer { set.deallocate() }
            for _ in 0..<200 {
                let candidate = IPAddress(v4: UInt32.random(in: 0..<1 << 24, using: &generator))
                #expect(
                    set.contains(candidate) == list.contains { $0.contains(candidate) },
                    "\(candidate) in \(list)")
            }
        }
    }

    @Test(arguments: ["192.0.2.7", "2001:db8::7:1"])
    func aSocketAddressIsReadWithoutEndpoint(text: String) throws {
        let expected = try address(text)
        let (storage, _) = Endpoint(address: expected, port: 53).socketAddress
        let read = withUnsafePointer(to: storage) {
            IPAddress(rawSocketAddress: UnsafeRawPointer($0))
        }
        #expect(read == expected)
    }

    // MARK: Rules

    private func verdict(
        _ rules: [(Selector, Action)], type: UInt16 = 1, overTCP: Bool = false,
        from: String = "192.0.2.1"
    ) throws -> RuleVerdict {
        let location = SourceLocation(file: "r.lua", line: 1)
        let program = try RuleProgram(
            rules.map {
                RuleDeclaration(selector: $0.0, action: $0.1, name: "r", location: location)
            }, pools: ["": 0, "x": 3])
        defer { program.deallocate() }
        return program.verdict(queryType: type, overTCP: overTCP, source: try address(from))
    }

    @Test func withoutRulesTheDefaultPoolAnswers() throws {
        #expect(try verdict([]) == .forward(pool: 0))
    }

    @Test(arguments: [
        (UInt16(255), false, RuleVerdict.truncate), (255, true, .forward(pool: 0)),
        (1, false, .forward(pool: 0)),
    ])
    func anyQueriesAreTruncatedOverUDPAlone(
        type: UInt16, overTCP: Bool, expected: RuleVerdict
    ) throws {
        let rule = Selector.and([.queryType(255), .overTCP(false)])
        #expect(try verdict([(rule, .truncate)], type: type, overTCP: overTCP) == expected)
        // TCAction alone does nothing over TCP either.
        #expect(
            try verdict([(.queryType(255), .truncate)], type: type, overTCP: overTCP) == expected)
    }

    @Test func theFirstRuleThatDecidesWins() throws {
        let inside = Selector.source(prefixes(["192.0.2.0/24"]))
        #expect(
            try verdict([(.all, .none), (inside, .pool("x")), (.all, .drop)])
                == .forward(pool: 3))
        #expect(
            try verdict([(inside, .allow), (.all, .drop)], from: "198.51.100.1") == .drop)
        #expect(try verdict([(inside, .allow), (.all, .drop)]) == .forward(pool: 0))
        #expect(try verdict([(.all, .responseCode(5))]) == .answer(responseCode: 5))
    }

    @Test func nestedSelectorsMatchAsTheyRead() throws {
        let selector = Selector.or([
            .and([.queryType(16), .not(.overTCP(true))]),
            .and([.not(.or([.queryType(1), .queryType(16)])), .overTCP(true)]),
        ])
        func isSelected(_ type: UInt16, _ overTCP: Bool) throws -> Bool {
            try verdict([(selector, .drop)], type: type, overTCP: overTCP) == .drop
        }
        #expect(try isSelected(16, false))
        #expect(try !isSelected(16, true))
        #expect(try isSelected(28, true))
        #expect(try !isSelected(28, false))
        #expect(try !isSelected(1, true))
    }

    @Test func emptyPartsMatchAsLogicSays() throws {
        #expect(try verdict([(.and([]), .drop)]) == .drop)
        #expect(try verdict([(.or([]), .drop)]) == .forward(pool: 0))
    }

    @Test func selectorsBeyondTheBoundAreRefused() {
        func nest(_ depth: Int) -> Selector {
            (1..<depth).reduce(Selector.all) { inner, _ in .not(inner) }
        }
        #expect(throws: Never.self) { try verdict([(nest(RuleProgram.depthMax), .drop)]) }
        #expect(throws: BalancingError.self) {
            try verdict([(nest(RuleProgram.depthMax + 1), .drop)])
        }
    }
}
