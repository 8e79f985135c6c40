// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

/// Would catch an address form of a published dnsdist.conf that we refuse or misread.
@Suite struct EndpointTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5300", "192.0.2.1:5300"),
        ("2001:db8::1", "[2001:db8::1]:53"), ("[2001:db8::1]", "[2001:db8::1]:53"),
        ("[2001:db8::1]:5300", "[2001:db8::1]:5300"), ("::", "[::]:53"), ("[::0]", "[::]:53"),
        ("fe80::1%eth0", "[fe80::1%eth0]:53"), ("[fe80::1%eth0]:179", "[fe80::1%eth0]:179"),
    ])
    func readsEveryFormDnsdistReads(text: String, expected: String) {
        #expect(Endpoint(text, defaultPort: 53)?.description == expected)
    }

    @Test(arguments: [
        "", "192.0.2", "192.0.2.1:", "192.0.2.1:99999", "[192.0.2.1]:53", "[::1", "[::1]53",
        "::1%", "::1%a]b", "[::1%a b]:53", "192.0.2.1%eth0", "resolver.example",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(Endpoint(text, defaultPort: 53) == nil)
    }

    @Test(arguments: ["192.0.2.1:53", "[2001:db8::1]:5353"])
    func survivesTheKernelsForm(text: String) throws {
        let endpoint = try #require(Endpoint(text, defaultPort: 1))
        #expect(Endpoint(socketAddress: endpoint.socketAddress.storage) == endpoint)
    }
}

/// Would catch a mask computed one bit off, which announces or admits the wrong network.
@Suite struct IPPrefixTests {
    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("10.1.2.3/0", "0.0.0.0/0"),
        ("2001:db8:ffff::1/33", "2001:db8:8000::/33"), ("2001:db8::1/65", "2001:db8::/65"),
        ("2001:db8::1/64", "2001:db8::/64"), ("::1", "::1/128"),
    ])
    func masksHostBits(text: String, expected: String) {
        #expect(IPPrefix(text)?.description == expected)
    }

    @Test(arguments: ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "x/8", "10.0.0.0/8/8"])
    func refusesWhatIsNoPrefix(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test func containsItsOwnFamilyOnly() throws {
        let net = try #require(IPPrefix("192.0.2.0/24"))
        #expect(net.contains(try #require(IPAddress("192.0.2.255"))))
        #expect(!net.contains(try #require(IPAddress("192.0.3.0"))))
        #expect(try !#require(IPPrefix("::/0")).contains(try #require(IPAddress("192.0.2.1"))))
    }
}
