// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a counter that dnsdist's users look for and that is neither there nor accounted
    /// for, one that the page of metrics does not tell of, and one that counts something else.
    struct MetricsTests {
        private static let repository =
            #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

        /// One family of `/metrics`.
        private struct Family {
            var kind = ""
            var help = ""
            var labels: [String] = []
            /// Values by the sample's text before them.
            var samples: [String: Double] = [:]
        }

        /// With everything that has metrics of its own.
        private static func configuration(
            _ knot: KnotServer, port: UInt16, web: UInt16, folder: String
        ) -> String {
            """
            setLocal("127.0.0.1:\(port)")
            webserver("127.0.0.1:\(web)")
            newServer{address = "\(knot.endpoint)", name = "one", pool = {"", "kept"}}
            newServer{address = "127.0.0.1:9", name = "two", pool = "kept", healthCheckMode = "down"}
            setServerPolicyLua("first", function(servers, dq) return servers[1] end)
            getPool("kept"):setCache(newPacketCache(50))
            addAction("www.test", PoolAction("kept"), {name = "to kept"})
            addAction("log.test", LogAction("\(folder)/log.txt", false), {name = "log"})
            newCheck{name = "c", targets = {"127.0.0.1"}, run = function(ctx) return true end}
            every(3600, function() end)
            setRouterID("10.0.0.1")
            newNeighbor{address = "127.0.0.9", port = 9, localAddress = "127.0.0.1",
                        peerAS = 65001, localAS = 65002, multihop = 2}
            announce{prefix = "192.0.2.53/32", nextHop = "192.0.2.1", when = "always",
                     requireAddress = false}
            """
        }

        private static func families(web: UInt16) async throws -> [String: Family] {
            let text = try await Program.output("curl", ["-sS", "http://127.0.0.1:\(web)/metrics"])
            var families: [String: Family] = [:]
            var name = ""
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 3)
                if line.hasPrefix("# HELP ") {
                    name = String(words[2])
                    families[name, default: Family()].help = String(words[3])
                } else if line.hasPrefix("# TYPE ") {
                    families[name, default: Family()].kind = String(words[3])
                } else if let space = line.lastIndex(of: " ") {
                    let sample = String(line[..<space])
                    for match in sample.matches(of: /([a-z]+)="/)
                    where !families[name, default: Family()].labels.contains(String(match.1)) {
                        families[name, default: Family()].labels.append(String(match.1))
                    }
                    families[name, default: Family()].samples[sample] = Double(
                        line[line.index(after: space)...])
                }
            }
            return families
        }

        @Test func whatDnsdistExportsIsThereOrAccountedForAndThePageTellsAll() async throws {
            let knot = try await KnotServer(name: "one")
            let scratch = try ScratchDirectory("metrics")
            let port = try FreePorts.next()
            let web = try FreePorts.next()
            let daemon = try await PharosDaemon(
                Self.configuration(knot, port: port, web: web, folder: scratch.path))
            for name in ["www.test", "www.test", "www.test", "ns.test"] {
                _ = try await Kdig.query(name, server: "127.0.0.1", port: port)
            }
            let families = try await Self.families(web: web)
            try compareWithDnsdist(families)
            try compareWithPage(families)
            compareValues(families, port: port)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        private func compareWithDnsdist(_ families: [String: Family]) throws {
            // A histogram's samples are families of their own there.
            let exported = Set(families.keys).union(
                families.values.flatMap(\.samples.keys).map {
                    String($0.prefix { $0 != "{" })
                })
            let fixture = try String(
                contentsOfFile: Self.repository
                    + "/Tests/ScenarioTests/Fixtures/dnsdist-metrics.txt", encoding: .utf8)
            var told: Set<String> = ["dnsdist_latency"]
            for line in fixture.split(separator: "\n") where !line.hasPrefix("#") {
                let parts = line.split(separator: ":", maxSplits: 1)
                let name = String(parts[0])
                told.insert(name)
                #expect(exported.contains(name) == (parts.count == 1), "\(line)")
                // A reason that names a metric of ours names one that is there.
                for word in parts.dropFirst().joined().split(whereSeparator: {
                    " ();,:".contains($0)
                })
                where word.hasPrefix("pharos_") || word.hasPrefix("dnsdist_") {
                    #expect(exported.contains(String(word)), "\(line)")
                }
            }
            let newer: Set = ["dnsdist_pool_cache_cleanup_count_total"]
            #expect(
                exported.filter { $0.hasPrefix("dnsdist_") }.subtracting(told) == newer,
                "these are called dnsdist's and dnsdist 1.7 has them not")
        }

        /// `| name | kind | labels | help |`, in the page's order.
        private func compareWithPage(_ families: [String: Family]) throws {
            let page = try String(
                contentsOfFile: Self.repository + "/Docs/metrics.md", encoding: .utf8)
            let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
            let wanted = families.map { name, family in
                "| `\(name)` | \(family.kind) | \(family.labels.joined(separator: ", ")) |"
                    + " \(family.help) |"
            }
            let missing = Set(wanted).subtracting(rows).sorted().joined(separator: "\n")
            #expect(missing.isEmpty, "not in Docs/metrics.md:\n\(missing)")
            let more = Set(rows).subtracting(wanted).sorted().joined(separator: "\n")
            #expect(more.isEmpty, "in Docs/metrics.md alone:\n\(more)")
        }

        private func compareValues(_ families: [String: Family], port: UInt16) {
            func value(_ family: String, _ labels: String = "") -> Double? {
                families[family]?.samples[family + labels]
            }
            let frontend = "{frontend=\"127.0.0.1:\(port)\",proto="
            #expect(value("dnsdist_frontend_queries", frontend + "\"UDP\"}") == 4)
            #expect(value("dnsdist_frontend_responses", frontend + "\"UDP\"}") == 4)
            #expect(value("dnsdist_frontend_queries", frontend + "\"TCP\"}") == 0)
            #expect(value("dnsdist_rule_hits", "{id=\"to kept\"}") == 3)
            #expect(value("dnsdist_pool_servers", "{pool=\"kept\"}") == 2)
            #expect(value("dnsdist_pool_active_servers", "{pool=\"kept\"}") == 1)
            #expect(value("dnsdist_pool_servers", "{pool=\"_default_\"}") == 1)
            #expect(value("dnsdist_pool_cache_hits", "{pool=\"kept\"}") == 2)
            #expect(value("pharos_pool_cache_inserts_total", "{pool=\"kept\"}") == 1)
            #expect(value("dnsdist_responses") == 4 && value("dnsdist_queries") == 4)
            #expect((value("dnsdist_real_memory_usage") ?? 0) > 1_048_576)
            #expect((value("dnsdist_fd_usage") ?? 0) > 5)
            #expect(value("dnsdist_cpu_user_msec") != nil)
            #expect((value("dnsdist_latency", "") == nil), "a histogram has buckets")
        }
    }
}
