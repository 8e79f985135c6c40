// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: bytes of a client or a server that end the daemon or make it grow, and a lie that
    /// reaches an honest client. A short run of what `make fuzz` does with ten million queries.
    struct SoakTests {
        @Test func liesOfClientsAndServersReachNobody() async throws {
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("Soak/run.sh").path
            let soak = try ChildProcess(
                script, [try PharosDaemon.binary()],
                environment: ["QUERIES": "100000", "RATE": "25000"])
            let status = try await soak.waitForExit(withinSeconds: 90)
            #expect(status == 0, "\(soak.output)")
            #expect(soak.standardOutput.contains("soak: passed"), "\(soak.output)")
        }
    }
}
