// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a cache whose figures do not reach the operator, or under other names than
    /// dnsdist's.
    struct CacheFigureTests {
        private struct Status: Decodable {
            struct Cache: Decodable {
                let pool: String
                let counters: [String: Int]
            }

            let caches: [Cache]
        }

        @Test func hitsMissesAndEntriesAreInStatusAndMetrics() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let web = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", pool = {"", "kept"}}
                webserver("127.0.0.1:\(web)")
                getPool("kept"):setCache(newPacketCache(50, {maxTTL = 30}))
                getPool(""):setCache(newPacketCache(60))
                addAction(NotRule(QNameRule("ns.test")), PoolAction("kept"))
                addCacheHitResponseAction("www.test", SetMaxTTLResponseAction(9))
                """)
            func ask(_ name: String) async throws -> [Int] {
                try await Kdig.query(name, server: "127.0.0.1", port: port).answers.map(\.ttl)
            }
            // The server's 60 s at first, then what the rule on hits makes of the rest.
            #expect(try await ask("www.test") == [60])
            for _ in 0..<3 { #expect(try await ask("www.test") == [9]) }
            #expect(try await ask("x.wild.test") == [60])
            #expect(try await ask("ns.test") == [60])

            let (code, text) = try await daemon.command("status", "--json")
            #expect(code == 0)
            let status = try JSONDecoder().decode(Status.self, from: Data(text.utf8))
            #expect(status.caches.map(\.pool).sorted() == ["", "kept"])
            let counters = status.caches.first { $0.pool == "kept" }?.counters ?? [:]
            #expect(counters["hits"] == 3 && counters["misses"] == 2, "\(counters)")
            #expect(counters["entries"] == 2 && counters["maxEntries"] == 50, "\(counters)")

            let metrics = try await Program.output(
                "curl", ["-sS", "http://127.0.0.1:\(web)/metrics"])
            for (name, value) in [("hits", 3), ("misses", 2), ("entries", 2), ("size", 50)] {
                let sample = "dnsdist_pool_cache_\(name){pool=\"kept\"} \(value)"
                #expect(metrics.split(separator: "\n").contains(Substring(sample)), "\(sample)")
            }
            #expect(metrics.contains("dnsdist_pool_cache_size{pool=\"_default_\"} 60"))
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        @Test func whatIsKeptCanBeSeenAndForgottenWhileItServes() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)"}
                cache = newPacketCache(50)
                getPool(""):setCache(cache)
                """)
            func ask(_ name: String) async throws {
                _ = try await Kdig.query(name, server: "127.0.0.1", port: port)
            }
            func exec(_ text: String) async throws -> String {
                try await daemon.command("exec", text).output
            }
            for name in ["www.test", "www.test", "ns.test", "x.wild.test"] { try await ask(name) }
            #expect(try await exec("cache:toString()") == "3/50\n")
            #expect(
                try await exec("cache:getStats().hits, cache:getStats().misses") == "1\t3\n")
            #expect(try await exec("cache:isFull()") == "false\n")
            let printed = try await exec("getPool(''):getCache():printStats()")
            #expect((printed + daemon.log).contains("hits 1, misses 3"), "\(printed)")

            // The next one is the server's again; the others stay.
            _ = try await exec("cache:expungeByName(newDNSName('www.test'), DNSQType.ANY)")
            #expect(try await exec("cache:toString()") == "2/50\n")
            try await ask("www.test")
            #expect(try await exec("cache:getStats().misses") == "4\n")
            // With the names below.
            _ = try await exec("cache:expungeByName(newDNSName('wild.test'), DNSQType.ANY, true)")
            #expect(try await exec("cache:toString()") == "2/50\n")
            _ = try await exec("cache:expunge(0)")
            #expect(try await exec("cache:toString()") == "0/50\n")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }
    }
}
