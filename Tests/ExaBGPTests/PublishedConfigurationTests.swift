// SPDX-License-Identifier: Apache-2.0

import Declarations
import ExaBGP
import Testing

/// The first article's configuration as it stands. Would catch a dialect that is not spoken.
@Suite(
    .enabled(if: PublishedArticles.neighbor() != nil, "shared/seeds is not beside the repository"))
struct PublishedConfigurationTests {
    @Test func isReadAsItStandsOnceItsPrefixIsPutBack() throws {
        let text = try #require(PublishedArticles.neighbor())
            .replacing("xxxx.xxxx.xxxx", with: "2001:db8:1")
        let configuration = try ExaBGPConfiguration(text, file: "exabgp.conf")
        #expect(
            Rendering.lines(configuration) == [
                "neighbor 10.1.53.254 local 10.1.53.11 as 64601>64601 id 10.1.53.11 hold 10"
                    + " families all",
                "  api - processes watch-nameserver nested",
                "  route 10.1.53.1/32 via 10.1.53.11 watchdog anycastdns withdrawn",
                "  route 10.1.53.2/32 via 10.1.53.11 watchdog anycastdns withdrawn",
                "  route 2001:db8:1:53::1/128 via 2001:db8:1:53::11 watchdog anycastdns withdrawn",
                "  route 2001:db8:1:53::2/128 via 2001:db8:1:53::11 watchdog anycastdns withdrawn",
                "process watch-nameserver run [/usr/local/bin/nameserver_watchdog] text nested",
            ])
    }

    @Test func theBlackedOutPrefixIsRefusedAtItsLines() throws {
        let text = try #require(PublishedArticles.neighbor())
        let refusal = #expect(throws: ExaBGPRefusal.self) {
            try ExaBGPConfiguration(text, file: "exabgp.conf")
        }
        #expect(refusal?.faults.map(\.location.line) == [15, 16])
    }
}
