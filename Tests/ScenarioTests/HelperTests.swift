// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Programs that speak ExaBGP's text API, against a real router. Would catch: a command that is
    /// lost, a program that stops us by not reading, one that floods, one that dies and takes its
    /// routes along at once or never.
    struct HelperTests {
        /// A router, the daemon with one neighbour and the helper `speaker`, which says what is written
        /// to `commands`, and writes down what it hears.
        private struct Stage {
            let scratch: ScratchDirectory
            let router: BirdRouter
            let daemon: PharosDaemon

            init(
                script: String? = nil, process: String = "", statics: String = "",
                api: String = "", lua: String = ""
            ) async throws {
                let scratch = try ScratchDirectory("helper")
                try scratch.write("", to: "commands")
                let file = try scratch.write(
                    script
                        ?? "#!/bin/sh\ntail -q -n +1 -f \(scratch.path)/commands &\n"
                        + "exec cat >> \(scratch.path)/heard\n",
                    to: "speaker.sh")
                chmod(file, 0o755)
                let namespace = try await HelperTests.namespace()
                router = try await HelperTests.router(in: namespace)
                try scratch.write(
                    Self.configuration(
                        port: router.port, process: process, statics: statics, api: api),
                    to: "exabgp.conf")
                daemon = try await PharosDaemon(
                    lua.isEmpty ? "exabgp{config = \"\(scratch.path)/exabgp.conf\"}" : lua,
                    in: namespace)
                self.scratch = scratch
                try await router.waitUntilEstablished("one")
            }

            static func configuration(
                port: UInt16, process: String = "", statics: String = "", api: String = ""
            ) -> String {
                """
                process speaker { run ./speaker.sh; \(process) }
                neighbor 10.0.0.9 {
                  router-id 10.0.0.1; local-address 10.0.0.1; connect \(port);
                  local-as 65002; peer-as 65001; hold-time 9;
                  family { ipv4 unicast; ipv6 unicast; }
                  api { processes [ speaker ]; \(api) }
                  static { \(statics) }
                }

                """
            }

            func say(_ lines: String...) throws {
                guard let file = fopen("\(scratch.path)/commands", "a") else {
                    throw PeerError.system(call: "fopen", errno: errno)
                }
                defer { fclose(file) }
                for line in lines { fputs(line + "\n", file) }
            }

            func hear(_ text: String) async throws {
                try await eventually(
                    "'\(text)' at the helper", withinSeconds: 10, otherwise: daemon.log
                ) { scratch.read("heard").contains(text) }
            }

            func stop() async {
                await daemon.stop()
                await router.stop()
            }
        }

        private static func namespace() async throws -> NetworkNamespace {
            let namespace = try await NetworkNamespace()
            for address in ["10.0.0.9/32", "10.0.0.1/32"] { try await namespace.add(address) }
            return namespace
        }

        private static func router(in namespace: NetworkNamespace) async throws -> BirdRouter {
            try await BirdRouter(
                [
                    BirdSession(
                        name: "one", localAddress: "10.0.0.9", neighborAddress: "10.0.0.1")
                ], in: namespace)
        }

        @Test func routesFollowWhatTheHelperSays() async throws {
            let stage = try await Stage(
                process: "encoder json;",
                statics: "route 192.0.2.60/32 next-hop 10.0.0.1 watchdog dns withdraw;"
                    + " route 192.0.2.61/32 next-hop 10.0.0.1 med 5;",
                api: "neighbor-changes;")
            try await stage.router.waitForRoute("192.0.2.61/32") { $0.med == 5 }
            #expect(try await stage.router.route("192.0.2.60/32") == nil)
            try stage.say(
                "announce route 192.0.2.53/32 next-hop 10.0.0.1 med 70 community [65002:1 65002:2]",
                "neighbor 10.0.0.9 announce attributes next-hop self med 3 nlri 192.0.2.54 2001:db8::53",
                "announce watchdog dns")
            let route = try await stage.router.waitForRoute("192.0.2.53/32") { $0.med == 70 }
            #expect(route.communities == ["65002:1", "65002:2"])
            #expect(route.attributes["next_hop"]?.hasPrefix("10.0.0.1") == true, "\(route)")
            try await stage.router.waitForRoute("192.0.2.54/32") { $0.med == 3 }
            try await stage.router.waitForRoute("192.0.2.60/32")
            try await stage.hear("done\ndone\ndone\n")

            try stage.say(
                "announce route 192.0.2.53/32 next-hop 10.0.0.1 med 71",
                "withdraw route 192.0.2.54/32", "withdraw route 192.0.2.99/32",
                "withdraw watchdog dns", "withdraw route 192.0.2.61",
                "neighbor 192.0.2.250 announce route 192.0.2.55 next-hop self", "nonsense")
            try await stage.router.waitForRoute("192.0.2.53/32") { $0.med == 71 }
            for gone in ["192.0.2.54/32", "192.0.2.60/32", "192.0.2.61/32"] {
                try await stage.router.waitForNoRoute(gone)
            }
            try await stage.hear("error\nerror\n")
            let status = try await stage.daemon.status()
            let helper = try #require(status.helpers.first)
            #expect(helper.commands == 10 && helper.errors == 2 && helper.running)
            #expect(helper.lastError.contains("'nonsense' is no command"), "\(helper)")
            let own = status.routes.first { $0.prefix == "192.0.2.53/32" }
            #expect(own?.announced == true && own?.reason == "helper speaker")
            #expect(stage.router.establishedCount("one") == 1)
            await stage.router.crash()
            try await stage.hear(#""state": "down""#)
            await stage.stop()
        }

        /// Answers fill its pipe, and what is kept beside it: commands count all the same.
        @Test func aHelperThatNeverReadsSendsTwoHundredThousandCommands() async throws {
            let stage = try await Stage(
                script: """
                    #!/bin/sh
                    awk 'BEGIN { for (i = 0; i < 200000; i++)
                      printf "announce route 192.0.2.%d/32 next-hop self med %d\\n", i % 200, i }'
                    exec sleep 1000

                    """)
            for last in [0, 57, 199] {
                try await stage.router.waitForRoute("192.0.2.\(last)/32", withinSeconds: 60) {
                    $0.med == 199_800 + last
                }
            }
            let status = try await stage.daemon.waitUntil("all commands") {
                $0.helpers.first?.commands == 200_000
            }
            let helper = try #require(status.helpers.first)
            #expect(helper.errors == 0 && helper.routes == 200 && helper.dropped > 0)
            #expect(stage.router.establishedCount("one") == 1, "\(stage.router.log)")
            #expect(
                stage.daemon.log.split(separator: "\n").count {
                    $0.contains("does not read its standard input")
                } == 1)
            await stage.stop()
        }

        @Test func theNextRunKeepsWhatItSaysAgainAndTheRestGoes() async throws {
            let scratch = try ScratchDirectory("respawn")
            let namespace = try await Self.namespace()
            let router = try await Self.router(in: namespace)
            let file = try scratch.write(
                """
                #!/bin/sh
                echo announce route 192.0.2.1/32 next-hop self
                test -e \(scratch.path)/ran || echo announce route 192.0.2.2/32 next-hop self
                touch \(scratch.path)/ran
                exec sleep 1000

                """, to: "speaker.sh")
            chmod(file, 0o755)
            let daemon = try await PharosDaemon(
                """
                newNeighbor{address = "10.0.0.9", port = \(router.port), localAS = 65002,
                            peerAS = 65001, localAddress = "10.0.0.1", multihop = 2}
                newHelper{name = "speaker", run = {"./speaker.sh"}, exitGrace = 3,
                          searchPath = {"\(scratch.path)"}}
                """, in: namespace)
            try await router.waitForRoute("192.0.2.2/32")
            let first = try #require(try await daemon.status().helpers.first).processID
            kill(first, SIGKILL)
            try await daemon.waitUntil("the next run") {
                $0.helpers.first.map { $0.running && $0.restarts == 1 } ?? false
            }
            #expect(try await router.route("192.0.2.2/32") != nil, "kept for the next run")
            try await router.waitForNoRoute("192.0.2.2/32")
            let counts = try await router.updateCounts("one")
            #expect(counts.announced == 2 && counts.withdrawn == 1, "\(counts)")
            #expect(try await router.route("192.0.2.1/32") != nil)
            #expect(daemon.log.contains("helper speaker ended and did not say it again"))
            let second = try #require(try await daemon.status().helpers.first).processID
            await daemon.stop()
            #expect(kill(second, 0) != 0, "the helper outlived us")
            await router.stop()
        }

        /// What it wrote is in the pipe when it is gone.
        @Test func aHelperThatEndsAtOnceIsHeardToTheEnd() async throws {
            let stage = try await Stage(
                script: """
                    #!/bin/sh
                    awk 'BEGIN { for (i = 0; i < 5000; i++)
                      printf "announce route 198.51.%d.%d/32 next-hop self\\n", i / 250, i % 250 }'
                    echo announce route 192.0.2.1/32 next-hop self

                    """, process: "respawn false;")
            try await stage.router.waitForRoute("192.0.2.1/32")
            let status = try await stage.daemon.waitUntil("its end") {
                $0.helpers.first?.running == false
            }
            let helper = try #require(status.helpers.first)
            #expect(helper.commands == 5_001 && helper.routes == 5_001, "\(helper)")
            #expect(helper.lastError.contains("ended with status 0"), "\(helper)")
            await stage.stop()
        }

        @Test func aReloadLeavesARunningHelperAlone() async throws {
            let stage = try await Stage(
                statics: "route 192.0.2.61/32 next-hop 10.0.0.1 med 5;")
            try stage.say("announce route 192.0.2.53/32 next-hop self")
            try await stage.router.waitForRoute("192.0.2.53/32")
            try await stage.router.waitForRoute("192.0.2.61/32")
            let before = try #require(try await stage.daemon.status().helpers.first)
            let counts = try await stage.router.updateCounts("one")
            try await stage.daemon.hangUp()
            try stage.scratch.write(
                Stage.configuration(
                    port: stage.router.port,
                    statics: "route 192.0.2.62/32 next-hop 10.0.0.1;"), to: "exabgp.conf")
            let reloaded = try await stage.daemon.hangUp()
            #expect(reloaded.lastReload.result == "ok", "\(reloaded.lastReload.message)")
            try await stage.router.waitForRoute("192.0.2.62/32")
            try await stage.router.waitForNoRoute("192.0.2.61/32")
            #expect(try await stage.router.route("192.0.2.53/32") != nil)
            let after = try #require(try await stage.daemon.status().helpers.first)
            #expect(after.processID == before.processID && after.restarts == 0)
            let now = try await stage.router.updateCounts("one")
            #expect(now.announced == counts.announced + 1, "\(now), before \(counts)")
            #expect(stage.router.establishedCount("one") == 1)

            try stage.scratch.write("neighbor 10.0.0.9 {\n  flow { }\n}\n", to: "exabgp.conf")
            let rejected = try await stage.daemon.hangUp()
            #expect(rejected.lastReload.result == "rejected")
            #expect(
                rejected.lastReload.message.contains("exabgp.conf:2: 'flow' is out of scope"),
                "\(rejected.lastReload.message)")
            await stage.stop()
        }
    }
}
