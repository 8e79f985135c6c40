// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a client that waits for ever for a daemon which hangs.
    struct SilentDaemonTests {
        @Test func statusGivesUpOnADaemonThatDoesNotAnswer() async throws {
            // Symptom: `pharos status` hung for as long as the daemon did.
            let daemon = try await PharosDaemon(
                "setLocal(\"127.0.0.1:\(try FreePorts.next())\")")
            daemon.signal(SIGSTOP)
            let start = ContinuousClock.now
            let child = try ChildProcess(
                try PharosDaemon.binary(),
                ["status", "--control", "\(daemon.folder)/control.sock"])
            let status = try? await child.waitForExit(withinSeconds: 15)
            daemon.signal(SIGCONT)
            #expect(status == 1, "\(child.output)")
            #expect(start.duration(to: .now) < .seconds(12))
            let lines = child.standardError.split(separator: "\n")
            #expect(lines.count == 1 && child.standardOutput.isEmpty, "\(child.output)")
            #expect(lines.first?.contains("does not answer") == true, "\(child.output)")
            #expect(try await daemon.status().ready)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
