// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a rule that does not hear who else announces its prefix, or believes it after the
    /// session's end; `pharos routes` that shows what is wanted instead of what was sent, or keeps to
    /// itself why nothing was.
    struct RoutesCommandTests {
        /// Written down a second time on purpose: a renamed field must fail a test.
        private struct Report: Decodable {
            struct Neighbor: Decodable {
                let address: String
                let state: String
                let holdTimeSeconds: Int
                let families: [String]
                let messagesSent: [String: Int]
                let messagesReceived: [String: Int]
                let prefixes: [Prefixes]
                let hint: String
            }
            struct Prefixes: Decodable {
                let family: String
                let received: Int
                let accepted: Int
            }
            struct Route: Decodable {
                let prefix: String
                let announced: Bool
                let sentAt: String
                let attributes: [String: String]
                let reason: String
            }
            let neighbor: Neighbor
            let routes: [Route]
        }

        private static let prefix = "192.0.2.53/32"

        /// Another node: it listens, and announces the same prefix.
        private static func sibling(port: UInt16) -> String {
            """
            setRouterID("10.0.0.1")
            setBGPListen("127.0.0.1:\(port)")
            newNeighbor{address = "127.0.0.1", passive = true, localAS = 65001, peerAS = 65002}
            announce{prefix = "\(prefix)", nextHop = "192.0.2.1", when = "always",
                     requireAddress = false, communities = {"65001:7"}}
            """
        }

        private static func node(port: UInt16) -> String {
            """
            setRouterID("10.0.0.2")
            newNeighbor{address = "127.0.0.1", port = \(port), localAS = 65002, peerAS = 65001,
                        holdTime = 30, watchPrefixes = true}
            local broken = newCheck{name = "broken", run = function() return false, "no" end}
            announce{prefix = "192.0.2.54/32", when = broken, requireAddress = false}
            announce{prefix = "\(prefix)", nextHop = "127.0.0.1", requireAddress = false,
                     extendedCommunities = {"rt:65002:7", "bandwidth:65002:125000000"},
                     otherAttributes = {"200:0a0b"},
                     rule = function(node)
                local route = node.routes["\(prefix)"]
                local path = route.paths[1]
                return {
                    med = 100 + (route.others or 0),
                    communities = path and {path.communities[1], "65002:" .. path.asPath[1] - 65000},
                }
            end}
            """
        }

        private func report(_ daemon: PharosDaemon, _ neighbor: String) async throws -> Report {
            let (code, text) = try await daemon.command("routes", neighbor, "--json")
            #expect(code == 0, "\(text)")
            return try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        }

        @Test func aRuleHearsOfTheOtherNodeAndRoutesTellsWhatWasSentAndWhy() async throws {
            let port = try FreePorts.next()
            let sibling = try await PharosDaemon(Self.sibling(port: port))
            let daemon = try await PharosDaemon(Self.node(port: port))
            let neighbor = "127.0.0.1:\(port)"
            let report = try await eventually(
                "the route as the rule wants it beside another node's", withinSeconds: 20,
                otherwise: daemon.log + sibling.log
            ) { () -> Report? in
                let report = try await self.report(daemon, neighbor)
                let route = report.routes.first { $0.prefix == Self.prefix }
                return route?.attributes["med"] == "101" ? report : nil
            }
            #expect(report.neighbor.state == "Established" && report.neighbor.address == neighbor)
            #expect(report.neighbor.holdTimeSeconds == 10, "the smaller of 30 and 10")
            #expect(report.neighbor.families == ["ipv4 unicast"])
            #expect(report.neighbor.messagesSent["open"] == 1)
            #expect((report.neighbor.messagesReceived["update"] ?? 0) >= 2)
            let heard = try #require(report.neighbor.prefixes.first)
            #expect(heard.family == "ipv4 unicast" && heard.received == 1 && heard.accepted == 1)
            #expect(report.neighbor.hint.contains("imports nothing without a policy"))
            let route = try #require(report.routes.first { $0.prefix == Self.prefix })
            #expect(route.announced && !route.sentAt.isEmpty && route.reason.isEmpty)
            #expect(route.attributes["communities"] == "65001:7 65002:1")
            #expect(route.attributes["asPath"] == "65002")
            #expect(
                route.attributes["extendedCommunities"] == "rt:65002:7 bandwidth:65002:125000000")
            #expect(route.attributes["otherAttributes"] == "200:0a0b")
            #expect(route.attributes["nextHop"] == "127.0.0.1")
            let other = try #require(report.routes.first { $0.prefix == "192.0.2.54/32" })
            #expect(!other.announced && other.reason.hasPrefix("check broken is "), "\(other)")

            let (code, text) = try await daemon.command("routes", "127.0.0.1")
            #expect(code == 0 && text.contains("neighbor \(neighbor), AS 65001"), "\(text)")
            #expect(text.contains("med=101") && text.contains(route.sentAt), "\(text)")
            let unknown = try await daemon.command("routes", "192.0.2.9")
            #expect(unknown.status == 1)
            #expect(
                unknown.output.contains("there is no neighbor '192.0.2.9'; there are: \(neighbor)"))

            #expect(await sibling.stop() == 0, "\(sibling.log)")
            try await eventually("why nothing is sent", withinSeconds: 10, otherwise: daemon.log) {
                let report = try await self.report(daemon, neighbor)
                let route = report.routes.first { $0.prefix == Self.prefix }
                return route?.announced == false
                    && route?.reason == "the session is not established"
                    && report.neighbor.hint.isEmpty
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
