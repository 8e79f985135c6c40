// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a disable file that waits for a check's next run, a folder that comes later and is
    /// not watched, a refused connection that is waited out.
    struct DisableFileTests {
        /// Far more than a second look takes, far less than the interval.
        private static let secondsMax = 3.0

        @Test func aDisableFileActsAtOnceAlsoInAFolderThatComesLater() async throws {
            let daemon = try await PharosDaemon(
                """
                newCheck{name = "c", interval = 60, fastInterval = 60, rise = 1,
                         run = function(ctx) return true end}
                """)
            try await daemon.waitUntil("up") { $0.check("c")?.state == "up" }
            for _ in 0..<2 {
                let folder = "\(daemon.folder)/disable"
                _ = try await Program.output("mkdir", [folder])
                _ = try await Program.output("touch", ["\(folder)/c"])
                try await daemon.waitUntil("disabled", withinSeconds: Self.secondsMax) {
                    $0.check("c")?.state == "disabled"
                }
                _ = try await Program.output("rm", ["\(folder)/c"])
                try await daemon.waitUntil("up again", withinSeconds: Self.secondsMax) {
                    $0.check("c")?.state == "up"
                }
                _ = try await Program.output("rmdir", [folder])
            }
            #expect(await daemon.stop() == 0)
        }

        @Test func aRefusedConnectionIsConfirmedAtOnce() async throws {
            let port = try FreePorts.next()
            let scratch = try ScratchDirectory("hard")
            let daemon = try await PharosDaemon(
                """
                newCheck{name = "c", interval = 0.3, fastInterval = 0.3, timeout = 0.2, rise = 1,
                         fall = 1000, hardFail = "confirm", run = function(ctx)
                    if not io.open("\(scratch.path)/gone") then return true end
                    return dns.query{server = "127.0.0.1:\(port)", name = "www.test"}.ok
                end}
                """)
            try await daemon.waitUntil("up") { $0.check("c")?.state == "up" }
            try scratch.write("", to: "gone")
            let status = try await daemon.waitUntil("down", withinSeconds: Self.secondsMax) {
                $0.check("c")?.state == "down"
            }
            #expect(status.check("c")?.failures ?? 9 >= 2)
            #expect(
                daemon.log.contains("connection refused (2 failures in a row)"), "\(daemon.log)")
            #expect(await daemon.stop() == 0)
        }
    }
}
