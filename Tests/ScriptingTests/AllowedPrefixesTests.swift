// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a typo that announces other people's addresses, a default route by accident.
@Suite struct AllowedPrefixesTests {
    private static func announce(_ prefix: String) -> String {
        "announce{prefix='\(prefix)', when='always', requireAddress=false}\n"
    }

    @Test(arguments: ["192.0.2.0/24", "192.0.2.53/32", "2001:db8::53/128", "198.51.100.0/24"])
    func whatIsNamedAndWhatIsWithinItMayBeAnnounced(_ prefix: String) throws {
        let generation = try Fixture.build(
            Self.announce(prefix)
                + "setAllowedPrefixes{'192.0.2.0/24', '2001:db8::/32', '198.51.100.0/24'}")
        #expect(generation.configuration.announcements.count == 1)
    }

    @Test(arguments: ["192.0.0.0/16", "203.0.113.1/32", "2001:db9::/64", "0.0.0.0/0"])
    func anythingElseIsRefusedAtItsLine(_ prefix: String) {
        #expect {
            _ = try Fixture.build(
                "setAllowedPrefixes{'192.0.2.0/24', '2001:db8::/32'}\n" + Self.announce(prefix))
        } throws: {
            "\($0)".contains(
                "test.lua:2: announce: \(prefix) is not within what setAllowedPrefixes allows")
        }
    }

    @Test func theDefaultRouteNeedsToBeNamed() throws {
        #expect {
            _ = try Fixture.build(Self.announce("0.0.0.0/0"))
        } throws: {
            "\($0)".contains(
                "0.0.0.0/0 is the default route; it is announced only if setAllowedPrefixes names it"
            )
        }
        let generation = try Fixture.build(
            "setAllowedPrefixes{'0.0.0.0/0'}\n" + Self.announce("0.0.0.0/0"))
        #expect(generation.configuration.announcements[0].prefix == IPPrefix("0.0.0.0/0"))
        #expect(
            AllowedPrefixes([]).refusal(of: IPPrefix(host: .loopbackV4))
                == "is not within what setAllowedPrefixes allows")
    }

    @Test(arguments: [
        ("setAllowedPrefixes{1}", "must be a list of prefixes"),
        ("setAllowedPrefixes{'192.0.2.0/33'}", "192.0.2.0/33"),
        ("setAllowedPrefixes{}\nsetAllowedPrefixes{}", "it was called before"),
    ])
    func mistakesAreSaid(_ text: String, _ words: String) {
        #expect {
            _ = try Fixture.build(text)
        } throws: {
            "\($0)".contains(words)
        }
    }
}
