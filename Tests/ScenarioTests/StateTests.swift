// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a reload that starts a check over, or forgets what scripts share.
    struct StateTests {
        @Test func aReloadKeepsWhereACheckStandsAndWhatIsShared() async throws {
            // Runs two seconds apart, so that a reload fits between two of them.
            func text(_ comment: String) throws -> String {
                """
                -- \(comment)
                setLocal("127.0.0.1:\(port)")
                newCheck{name = "c", interval = 2, fastInterval = 2, timeout = 0.2, rise = 3, fall = 3,
                    run = function(ctx)
                        local run = shared:add("runs", 1)
                        return not shared.bad, "run " .. run .. (ctx.previous and " after " ..
                            tostring(ctx.previous.up) or "")
                    end}
                """
            }
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(try text("first"))
            for (state, detail, runs) in [("rising", "run 2 after false", 2), ("falling", "", 0)] {
                let before = try await daemon.waitUntil("2/3", withinSeconds: 15) {
                    $0.check("c")?.progress == "2/3" && $0.check("c")?.state == state
                }
                let check = try #require(before.check("c"))
                if runs > 0 { #expect(check.runs == runs && check.detail == detail, "\(check)") }
                try daemon.write(try text("while \(state)"))
                let after = try await daemon.hangUp()
                #expect(after.lastReload.result == "ok", "\(daemon.log)")
                let kept = try #require(after.check("c"))
                #expect(kept.progress == "2/3" && kept.state == state, "\(kept)")
                #expect(kept.runs == check.runs && kept.detail == check.detail, "\(kept)")
                // The third result, at its time, decides.
                let verdict = state == "rising" ? "up" : "down"
                let decided = try await daemon.waitUntil(verdict, withinSeconds: 5) {
                    $0.check("c")?.state == verdict
                }
                #expect(decided.check("c")?.runs == check.runs + 1)
                let runs = try await daemon.command("exec", "print(shared.runs)").output
                #expect(runs.filter(\.isNumber) == "\(check.runs + 1)", "\(runs)")
                #expect(try await daemon.command("exec", "shared.bad = true").status == 0)
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
