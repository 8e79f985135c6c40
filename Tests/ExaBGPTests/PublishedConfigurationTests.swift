// SPDX-License-Identifier: Apache-2.0

import Declarations
import ExaBGP
import TestPeers
import Testing

/// The first article's configuration as it stands. Would catch a dialect that is not spoken.
struct PublishedConfigurationTests {
    @Test func isReadAsItStandsOnceItsPrefixIsPutBack() throws {
        let configuration = try ExaBGPConfiguration(
            PublishedArticles.neighbor, file: "exabgp.conf")
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
        let text = PublishedArticles.neighbor.replacing("2001:db8:1", with: "xxxx.xxxx.xxxx")
        let blackened = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.element.contains("xxxx") }.map { $0.offset + 1 }
        let refusal = #expect(throws: ExaBGPRefusal.self) {
            try ExaBGPConfiguration(text, file: "exabgp.conf")
        }
        #expect(refusal?.faults.map(\.location.line) == blackened && blackened.count == 2)
    }
}
