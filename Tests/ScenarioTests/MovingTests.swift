// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// What two operators published, run as it stands beside the servers and routers that it was
    /// written for. Would catch: a configuration that loads and does something else.
    struct MovingTests {
        /// The program looks each ten seconds.
        private static let patience = 30.0

        @Test func theFirstArticleAnnouncesWhileItsNameserverAnswers() async throws {
            let namespace = try await NetworkNamespace()
            for address in [
                "10.1.53.254/32", "10.1.53.11/32", "10.1.53.1/32", "10.1.53.2/32",
                "2001:db8:1:53::1/128", "2001:db8:1:53::2/128", "2001:db8:1:53::11/128",
            ] { try await namespace.add(address) }
            let scratch = try ScratchDirectory("article")
            let program = try scratch.write(PublishedArticles.watchdog, to: "nameserver_watchdog")
            chmod(program, 0o755)
            // Both where the article has them, byte for byte.
            let own = "/usr/local/bin/nameserver_watchdog"
            let isLinked = symlink(program, own) == 0
            defer { if isLinked { unlink(own) } }
            try scratch.write(PublishedArticles.neighbor, to: "exabgp.conf")
            try namespace.overlay("10.1.53.1:test\n", at: "nameserver_watchdog.conf")
            let created = Self.createOverlaid("/etc/nameserver_watchdog.conf")
            defer { if created { unlink("/etc/nameserver_watchdog.conf") } }

            var session = BirdSession(
                name: "one", localAddress: "10.1.53.254", localAS: 64_601,
                neighborAddress: "10.1.53.11", neighborAS: 64_601, holdTimeSeconds: 10)
            session.isMultihop = false
            session.options = ["multihop;"]
            let router = try await BirdRouter([session], port: 179, in: namespace)
            let named = try await BindServer(
                addresses: ["10.1.53.1", "10.1.53.2"], in: namespace)
            let daemon = try await PharosDaemon(
                "exabgp{config = \"\(scratch.path)/exabgp.conf\"}", in: namespace)
            try await router.waitUntilEstablished("one")
            let prefixes = [
                "10.1.53.1/32", "10.1.53.2/32", "2001:db8:1:53::1/128", "2001:db8:1:53::2/128",
            ]
            for prefix in prefixes {
                try await router.waitForRoute(prefix, withinSeconds: Self.patience)
            }
            let six = try #require(try await router.route(prefixes[2]))
            #expect(six.attributes["next_hop"]?.hasPrefix("2001:db8:1:53::11") == true, "\(six)")

            let counts = try await router.updateCounts("one")
            try await daemon.hangUp()
            _ = try await router.command("reload in one")
            try await router.waitForRoute(prefixes[0])
            #expect(router.establishedCount("one") == 1)
            #expect(try await router.updateCounts("one").withdrawn == counts.withdrawn)

            _ = try await router.command("restart one")
            try await router.waitUntilEstablished("one", withinSeconds: Self.patience)
            for prefix in prefixes { try await router.waitForRoute(prefix) }

            await named.stop()
            for prefix in prefixes {
                try await router.waitForNoRoute(prefix, withinSeconds: Self.patience)
            }
            #expect(try await router.state(of: "one") == "Established")
            let held = try await daemon.status()
            #expect(held.routes.allSatisfy { $0.reason.contains("watch-nameserver withdrew it") })
            try await named.start()
            for prefix in prefixes {
                try await router.waitForRoute(prefix, withinSeconds: Self.patience)
            }
            await daemon.stop()
            await router.stop()
            await named.stop()
        }

        /// `ip netns exec` lays a file over its namesake, which has to be there.
        private static func createOverlaid(_ path: String) -> Bool {
            guard access(path, F_OK) != 0, let file = fopen(path, "w") else { return false }
            fclose(file)
            return true
        }

        @Test func theSecondArticlesSectionFollowsDigAndItsDisableFile() async throws {
            let namespace = try await NetworkNamespace()
            for address in [
                "10.0.0.9/32", "10.0.0.1/32", "192.160.102.235/32", "192.160.102.230/32",
            ] { try await namespace.add(address) }
            let scratch = try ScratchDirectory("article")
            let disable = "\(scratch.path)/dns1v4.disable"
            try scratch.write(
                "[global]\ninterval=1\ntimeout=1\nrise=2\nfall=2\nmetric=50\n"
                    + PublishedArticles.healthcheck.replacing(
                        "/etc/exabgp/healthcheck_dns1v4.disable", with: disable),
                to: "healthcheck.conf")
            let router = try await BirdRouter(
                [
                    BirdSession(
                        name: "one", localAddress: "10.0.0.9", neighborAddress: "10.0.0.1")
                ], in: namespace)
            let named = try await BindServer(addresses: ["192.160.102.235"], in: namespace)
            let daemon = try await PharosDaemon(
                """
                newNeighbor{address = "10.0.0.9", port = \(router.port), localAS = 65002,
                            peerAS = 65001, localAddress = "10.0.0.1", multihop = 2}
                healthcheck{config = "\(scratch.path)/healthcheck.conf"}
                """, in: namespace)
            let prefix = "192.160.102.235/32"
            // As published: dig exits with 0 for every answer, a refusal too.
            let route = try await router.waitForRoute(prefix) { $0.med == 50 }
            #expect(route.attributes["next_hop"]?.hasPrefix("192.160.102.230") == true)
            try scratch.write("", to: "dns1v4.disable")
            try await router.waitForNoRoute(prefix)
            unlink(disable)
            try await router.waitForRoute(prefix)
            await named.stop()
            try await router.waitForNoRoute(prefix, withinSeconds: 20)
            await daemon.stop()
            await router.stop()
        }

        @Test func importPrintsWhatValidatesAndNamesWhatHasNone() async throws {
            let scratch = try ScratchDirectory("import")
            let file = try scratch.write(PublishedArticles.neighbor, to: "exabgp.conf")
            let pharos = try PharosDaemon.binary()
            let printed = try await Program.output(pharos, ["import", "exabgp", file])
            #expect(printed.contains("startsWithdrawn = true"), "\(printed)")
            let imported = try scratch.write(printed, to: "pharos.lua")
            let words = try await Program.output(pharos, ["validate", "-c", imported])
            #expect(words.contains("1 neighbor, 4 routes"), "\(words)")

            let other = try scratch.write(
                "neighbor 192.0.2.1 {\n  local-address 192.0.2.9; local-as 1; peer-as 2;\n"
                    + "  flow { }\n}\n", to: "flow.conf")
            let child = try ChildProcess(pharos, ["import", "exabgp", other])
            #expect(try await child.waitForExit(withinSeconds: 10) == 1)
            #expect(child.standardError.contains("flow.conf:3: 'flow' is out of scope"))
            #expect(child.standardOutput == "")
        }
    }
}
