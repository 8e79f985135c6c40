// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a crash loop that is not damped, an orderly restart that is, a file that keeps the
    /// daemon from starting or is lost.
    struct StateFileTests {
        /// A route that is wanted as soon as it runs; nobody is there to take it.
        private static func configuration() -> String {
            """
            newCheck{name = "c", interval = 0.1, fastInterval = 0.05, timeout = 0.05, rise = 1,
                     run = function(ctx) return true end}
            setRouterID("127.0.0.1")
            newNeighbor{address = "127.0.0.1", port = 9, peerAS = 65001, localAS = 65002}
            announce{prefix = "192.0.2.99/32", when = "c", requireAddress = false}
            """
        }

        private static let route = "192.0.2.99/32"

        private static func daemon(
            _ state: ScratchDirectory, arguments: [String] = []
        ) async throws -> PharosDaemon {
            try await PharosDaemon(
                configuration(), arguments: arguments,
                environment: ["STATE_DIRECTORY": state.path])
        }

        @Test func aCrashLoopIsDampedAndAnOrderlyRestartIsNot() async throws {
            let state = try ScratchDirectory("state")
            for _ in 0..<2 {
                let orderly = try await Self.daemon(state)
                try await orderly.waitUntil("wanted") {
                    $0.route(Self.route)?.reason.hasPrefix("wanted") == true
                }
                #expect(try await orderly.status().route(Self.route)?.delayRemaining == 0)
                #expect(await orderly.stop() == 0)
                #expect(state.read("state.json").contains("\"endedInOrder\":true"))
            }
            for _ in 0..<2 {
                let crashing = try await Self.daemon(state)
                try await crashing.waitUntil("wanted") {
                    $0.route(Self.route)?.reason.hasPrefix("wanted") == true
                }
                try await eventually("state of the route", withinSeconds: 5) {
                    state.read("state.json").contains("\"wasAnnounced\":true")
                }
                crashing.signal(SIGKILL)
            }
            let damped = try await Self.daemon(state)
            #expect(damped.log.contains("did not end in order"), "\(damped.log)")
            let status = try await damped.waitUntil("delay") {
                ($0.route(Self.route)?.delayRemaining ?? 0) > 0
            }
            // Two flaps: nearly one step of ten seconds.
            let left = try #require(status.route(Self.route)?.delayRemaining)
            #expect((5...10).contains(left), "\(left)")
            #expect(await damped.stop() == 0)
        }

        @Test(arguments: [
            "{\"format\": \"pha", "[1, 2]", "{\"format\":\"pharos-state\",\"version\":99}",
        ])
        func aFileThatIsNotOursIsMovedAsideWithAWarning(text: String) async throws {
            let state = try ScratchDirectory("state")
            try state.write(text, to: "state.json")
            let daemon = try await Self.daemon(state)
            #expect(daemon.log.contains("state.json: it"), "\(daemon.log)")
            #expect(daemon.log.contains("state.json.unreadable-"), "\(daemon.log)")
            let aside = try #require(state.names().first { $0.contains("unreadable") })
            #expect(state.read(aside) == text)
            #expect(state.read("state.json").contains("\"format\":\"pharos-state\""))
            #expect(await daemon.stop() == 0)
        }

        @Test func whatCannotBeKeptIsSaid() async throws {
            let state = try ScratchDirectory("state")
            let daemon = try await Self.daemon(
                state, arguments: ["--state", "\(state.path)/none/of/these/state.json"])
            let drain = try await daemon.command("drain", "--grace", "0")
            #expect(
                drain.status == 0 && drain.output.contains("not kept over a restart"), "\(drain)")
            #expect(try await daemon.status().stateFault.contains("No such file"))
            let events = try await daemon.command("events")
            #expect(events.output.contains("this node is drained by uid"), "\(events)")
            #expect(await daemon.stop() == 0)
        }

        @Test func aSecondDaemonWithTheSameStateIsRefused() async throws {
            let state = try ScratchDirectory("state")
            let daemon = try await Self.daemon(state)
            await #expect {
                _ = try await Self.daemon(state)
            } throws: {
                "\($0)".contains("process \(daemon.processID)) already keeps its state in")
            }
            #expect(await daemon.stop() == 0)
        }
    }
}
