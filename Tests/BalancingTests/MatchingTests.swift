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
}
