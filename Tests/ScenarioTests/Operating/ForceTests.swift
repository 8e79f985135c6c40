// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a person's word that a check overrules, that nobody sees, or that never ends.
    struct ForceTests {
        @Test func aForcedCheckCountsAsSaidUntilItEndsByItself() async throws {
            let stage = try await OperatingStage()
            let daemon = try await stage.daemon()
            try await stage.router.waitForRoute(OperatingStage.first)
            let down = try await daemon.command(
                "force", "down", "service", "--for", "2s", "--reason", "it lies")
            #expect(down.status == 0 && down.output.contains("forced down by uid"), "\(down)")
            try await stage.router.waitForNoRoute(OperatingStage.first)
            let status = try await daemon.status()
            #expect(status.forced.first?.reason == "it lies")
            let check = try #require(status.check("service"))
            #expect(check.state == "down" && check.detail.contains("its runs say up"), "\(check)")
            #expect(status.route(OperatingStage.first)?.reason.contains("it lies") == true)

            daemon.signal(SIGKILL)
            let second = try await stage.daemon()
            #expect(second.log.contains("check service is still forced down"), "\(second.log)")
            try await stage.router.waitForRoute(OperatingStage.first)
            #expect(try await second.status().forced.isEmpty)
            #expect(second.log.contains("its time is over"), "\(second.log)")

            try stage.setDown(true)
            try await stage.router.waitForNoRoute(OperatingStage.first)
            #expect(try await second.command("force", "up", "service").status == 0)
            try await stage.router.waitForRoute(OperatingStage.first)
            #expect(try await second.command("force", "auto", "service").status == 0)
            try await stage.router.waitForNoRoute(OperatingStage.first)
            #expect(await second.stop() == 0)
            await stage.router.stop()
        }

        @Test func aForcedPrefixIsAnnouncedOrNotButNeverWithoutItsAddress() async throws {
            let stage = try await OperatingStage()
            let daemon = try await stage.daemon()
            try await stage.router.waitForRoute(OperatingStage.first)
            #expect(try await daemon.command("force", "down", OperatingStage.first).status == 0)
            try await stage.router.waitForNoRoute(OperatingStage.first)
            #expect(try await stage.router.route(OperatingStage.second) != nil)

            try stage.setDown(true)
            try await stage.router.waitForNoRoute(OperatingStage.second)
            #expect(try await daemon.command("force", "up", "192.0.2.53").status == 0)
            try await stage.router.waitForRoute(OperatingStage.first)
            try await stage.namespace.remove(OperatingStage.first)
            try await stage.router.waitForNoRoute(OperatingStage.first)
            let again = try await daemon.command("force", "up", OperatingStage.first)
            #expect(again.output.contains("is not on this host"), "\(again)")
            let auto = try await daemon.command("force", "auto", OperatingStage.first)
            #expect(auto.output.contains("follows its checks again"), "\(auto)")
            #expect(try await daemon.command("force", "up").status == 2)
            #expect(await daemon.stop() == 0)
            await stage.router.stop()
        }
    }
}
