// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a slip in a file that takes most of a node's addresses off the network, a dry run
    /// that does not say what routers would be told.
    struct ReloadGuardTests {
        private static func text(_ announcements: [String], extra: String = "") throws -> String {
            """
            \(extra)
            setRouterID("10.0.0.1")
            newNeighbor{address = "127.0.0.9", peerAS = 65001, localAS = 65002, shutdown = true}
            local c = newCheck{name = "c", interval = 0.2, timeout = 0.1, rise = 1,
                run = function(ctx) return true end}
            \(announcements.joined(separator: "\n"))
            """
        }

        private static func route(_ last: Int, _ keys: String = "") -> String {
            "announce{prefix = \"192.0.2.\(last)/32\", when = c, requireAddress = false, "
                + "nextHop = \"192.0.2.1\"\(keys)}"
        }

        private static func prefixes(_ daemon: PharosDaemon) async throws -> [String] {
            try await daemon.status().routes.filter { !$0.attributes.isEmpty }.map(\.prefix)
        }

        @Test func moreThanHalfOfThePrefixesNeedsAPersonsWord() async throws {
            let daemon = try await PharosDaemon(try Self.text((1...4).map { Self.route($0) }))
            try await eventually("four routes are wanted", withinSeconds: 5) {
                try await Self.prefixes(daemon).count == 4
            }
            // Its one limit does not judge itself.
            let three = try Self.text(
                [Self.route(1)], extra: "setMaxReloadWithdraws(1)")
            try daemon.write(three)
            for refused in [
                try await daemon.command("reload"), try await daemon.command("reload", "--dry-run"),
            ] {
                #expect(refused.status == 1)
                #expect(
                    refused.output.contains("withdraw 3 of 4 announced prefixes")
                        && refused.output.contains("- 192.0.2.4/32: no longer declared")
                        && !refused.output.contains("192.0.2.1/32")
                        && refused.output.contains("--force"), "\(refused.output)")
            }
            #expect(try await Self.prefixes(daemon).count == 4)

            // Withdrawn by what a rule says, not by what is missing.
            let rule = ", rule = function(node) return false, 'maintenance' end"
            try daemon.write(
                try Self.text([Self.route(1)] + (2...4).map { Self.route($0, rule) }))
            let ruled = try await daemon.command("reload")
            #expect(
                ruled.status == 1
                    && ruled.output.contains("- 192.0.2.3/32: its rule withdraws it: maintenance"),
                "\(ruled.output)")

            try daemon.write(try Self.text((1...2).map { Self.route($0) }))
            let half = try await daemon.command("reload")
            #expect(half.status == 0, "\(half.output)")
            // Two are few enough.
            try daemon.write(try Self.text([Self.route(1)]))
            let one = try await daemon.command("reload")
            #expect(one.status == 0, "\(one.output)")
            #expect(try await Self.prefixes(daemon) == ["192.0.2.1/32"])
            #expect(await daemon.stop() == 0)
        }

        @Test func forceAndAHigherShareWithdrawThem() async throws {
            let five = (1...5).map { Self.route($0) }
            let daemon = try await PharosDaemon(
                try Self.text(five, extra: "setMaxReloadWithdraws(0.8)"))
            try await eventually("five routes are wanted", withinSeconds: 5) {
                try await Self.prefixes(daemon).count == 5
            }
            try daemon.write(try Self.text([Self.route(1)]))
            let allowed = try await daemon.command("reload")
            #expect(allowed.status == 0, "\(allowed.output)")
            try daemon.write(try Self.text(five))
            #expect(try await daemon.command("reload").status == 0)
            try daemon.write(try Self.text([Self.route(1)]))
            #expect(try await daemon.command("reload").status == 1)
            let forced = try await daemon.command("reload", "--force")
            #expect(forced.status == 0, "\(forced.output)")
            #expect(try await Self.prefixes(daemon) == ["192.0.2.1/32"])
            #expect(await daemon.stop() == 0)
        }

        @Test func aDryRunSaysWhatNeighborsWouldBeTold() async throws {
            let daemon = try await PharosDaemon(
                try Self.text([
                    Self.route(1, ", med = 100"), Self.route(2, ", med = 100"), Self.route(3),
                ]))
            try await eventually("three routes are wanted", withinSeconds: 5) {
                try await Self.prefixes(daemon).count == 3
            }
            // The fourth waits for its check, so that nobody is told of it.
            try daemon.write(
                try Self.text([
                    Self.route(1, ", med = 200, communities = {\"65000:1\"}"),
                    Self.route(2, ", med = 100"),
                    "local new = newCheck{name = \"new\", run = function() return true end}",
                    Self.route(4).replacing("when = c", with: "when = new"),
                    Self.route(5),
                ]))
            let told = try await daemon.command("reload", "--dry-run")
            #expect(told.status == 0)
            #expect(
                told.output.split(separator: "\n").map(String.init) == [
                    "+ check new", "- route 192.0.2.3/32",
                    "~ route 192.0.2.1/32: communities none → 65000:1, med 100 → 200",
                    "+ route 192.0.2.4/32", "+ route 192.0.2.5/32",
                    "> 127.0.0.9: withdraw 192.0.2.3/32: no longer declared",
                    "> 127.0.0.9: announce 192.0.2.1/32: communities none → 65000:1,"
                        + " med 100 → 200",
                    "> 127.0.0.9: announce 192.0.2.5/32: nextHop 192.0.2.1",
                ], "\(told.output)")
            #expect(try await daemon.status().generation == 1)
            #expect(await daemon.stop() == 0)
        }
    }
}
