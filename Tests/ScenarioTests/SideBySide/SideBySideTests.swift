// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Published policies on the real dnsdist and on Pharos, in front of the same servers: the same
    /// tiers answer at every step of a failover, but for the faults that
    /// Docs/porting-from-dnsdist.md lists.
    ///
    /// Would catch: a policy that means something else here than there.
    struct SideBySideTests {
        @Test func tiersFailOverAlikeStepByStep() async throws {
            let line = try LineUp()
            try await line.set(["b1", "c1"], isUp: true)
            try await line.startDaemons()

            // The lowest order that was ever up is 2: no fault shows.
            try await line.compare("tier 1 not up yet") { _ in ["b"] }
            try await line.set(["a1", "a2"], isUp: true)
            try await line.compare("all up") { _ in ["a"] }
            try await line.compareShares(
                of: "a1", expected: 0.75, [.orderedwrandom, .orderedwrandomOfOld])
            try await line.set(["a1"], isUp: false)
            try await line.compare("half of tier 1 down") { _ in ["a"] }
            try await line.set(["a2"], isUp: false)
            // The sticky `lowest`: tiers 2 and 3 are mixed, which the least loaded does not show at
            // rest because its ties go to the lower order.
            let mixed: @Sendable (PublishedPolicy) -> Set<String> = {
                $0 == .orderedwrandomOfOld ? ["b", "c"] : ["b"]
            }
            try await line.compare("tier 1 down", mixed)
            try await line.compareShares(of: "b1", expected: 0.5, [.orderedwrandomOfOld])
            try await line.expectTheThirdTierAskedUnderLoad()
            try await line.set(["b1"], isUp: false)
            try await line.compare("tier 2 down, too") { _ in ["c"] }
            try await line.set(["b1"], isUp: true)
            try await line.compare("tier 2 back", mixed)
            try await line.set(["a2"], isUp: true)
            try await line.compare("tier 1 back") { _ in ["a"] }
            try await line.set(["a2", "b1", "c1"], isUp: false)
            try await line.compare("all down", queries: 1) { _ in ["no answer"] }
            await line.stop()
        }

        @Test func aTierThatIsForcedDownIsStillChosenAndHasNobody() async throws {
            let (one, two) = (try await KnotServer(name: "a1"), try await KnotServer(name: "b1"))
            // Once its probe has said that it is up.
            let force = """
                function maintenance()
                  if getServer(0).upStatus and getServer(0):isUp() then getServer(0):setDown() end
                end

                """
            let pair = try await DaemonPair(
                PublishedPolicy.orderedwrandom.text + force
                    + DaemonPair.declaration("a1", port: one.port, order: 1)
                    + DaemonPair.declaration("b1", port: two.port, order: 2), probed: ["a1", "b1"])
            try await pair.pharos.waitUntil("a1 forced down") { $0.server("a1")?.state == "DOWN" }
            // upStatus is what the health check said; the policy asks that and not isUp().
            _ = try await pair.answers(2, "\(pair.dnsdist.log)\(pair.pharos.log)") {
                $0 == ["no answer": 2]
            }
            await pair.stop()
            await one.stop()
            await two.stop()
        }

        @Test func aPoolOfOneServerIsDroppedThereAndAnsweredHere() async throws {
            let one = try await KnotServer(name: "a1")
            let pair = try await DaemonPair(
                PublishedPolicy.orderedwrandom.text
                    + DaemonPair.declaration("a1", port: one.port, order: 1), probed: ["a1"])
            try await pair.wait(for: ["a1"], isUp: true)
            let answers = try await pair.answers(2)
            #expect(answers.dnsdist == ["no answer": 2], "\(pair.dnsdist.log)")
            #expect(answers.pharos == ["a1": 2], "\(pair.pharos.log)")
            await pair.stop()
            await one.stop()
        }
    }
}
