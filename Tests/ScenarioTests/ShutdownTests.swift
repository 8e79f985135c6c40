// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a daemon that cannot be ended while it loads a file, a generation that goes live
    /// after the word to stop, a signal that ends a daemon which only just began.
    struct ShutdownTests {
        /// Far below the eight seconds of the file, far above what a stop takes.
        private static let secondsMax = 4.0

        @Test func aStopDuringAReloadDoesNotWaitForTheFile() async throws {
            // Symptom: SIGTERM waited for the reload, whose generation then went live for an instant.
            let daemon = try await PharosDaemon(try Self.configuration())
            try daemon.write(Self.slow(daemon.folder) + Self.configuration())
            daemon.signal(SIGHUP)
            try await Self.waitUntilLoading(daemon.folder)
            let start = ContinuousClock.now
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            #expect(start.duration(to: .now) < .seconds(Self.secondsMax), "\(daemon.log)")
            #expect(!daemon.log.contains("generation 2"), "\(daemon.log)")
            #expect(!daemon.log.contains("reload:"), "\(daemon.log)")
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func aStopDuringTheFirstLoadDoesNotWaitForTheFile(_ number: Int32) async throws {
            // Symptom: SIGTERM before `ready` did nothing; the service manager had to kill.
            let scratch = try ScratchDirectory("starting")
            let child = try Self.run(
                Self.slow(scratch.path) + Self.configuration(), in: scratch)
            try await Self.waitUntilLoading(scratch.path)
            let start = ContinuousClock.now
            #expect(await child.stop(signal: number, withinSeconds: 20) == 0, "\(child.output)")
            #expect(start.duration(to: .now) < .seconds(Self.secondsMax), "\(child.output)")
            #expect(child.standardOutput.isEmpty, "\(child.output)")
            #expect(!child.standardError.contains("serving"), "\(child.output)")
        }

        @Test(arguments: [false, true])
        func aStopIsNotKeptByACheckThatBlocks(_ isReady: Bool) async throws {
            // Symptom: a check that blocked in C kept the process through SIGTERM until it was killed.
            let scratch = try ScratchDirectory("blocked")
            let pipe = "\(scratch.path)/pipe"
            guard mkfifo(pipe, 0o600) == 0 else {
                throw PeerError.system(call: "mkfifo", errno: errno)
            }
            let child = try Self.run(
                try Self.configuration() + """
                    newCheck{name = "blocking", interval = 0.1, fastInterval = 0.1, timeout = 0.1,
                        run = function(ctx)
                            if \(!isReady) or io.open("\(scratch.path)/block") then
                                io.open("\(scratch.path)/blocked", "w"):close()
                                io.open("\(pipe)")
                            end
                            return true
                        end}
                    """, in: scratch)
            if isReady {
                try await child.waitForOutput("ready", withinSeconds: 10)
                try scratch.write("", to: "block")
            }
            try await eventually("check that blocks", withinSeconds: 10, otherwise: child.output) {
                Self.exists("\(scratch.path)/blocked")
            }
            let start = ContinuousClock.now
            #expect(await child.stop(withinSeconds: 20) == 0, "\(child.output)")
            #expect(start.duration(to: .now) < .seconds(Self.secondsMax), "\(child.output)")
        }

        @Test(arguments: 1...5)
        func aReloadSignalRightAfterTheStartIsHarmless(_ round: Int) async throws {
            // Symptom: SIGHUP some milliseconds after the start ended the daemon with status 129.
            let scratch = try ScratchDirectory("young")
            let child = try Self.run(try Self.configuration(), in: scratch)
            // The lock is the first thing on disk; the signals are trapped some time after it.
            try await eventually(
                "lock", withinSeconds: 5, otherwise: child.output, everyMilliseconds: 1
            ) { Self.exists("\(scratch.path)/control.sock.lock") ? true : nil }
            child.signal(round.isMultiple(of: 2) ? SIGUSR1 : SIGHUP)
            try await child.waitForOutput("ready", withinSeconds: 10)
            #expect(await child.stop() == 0, "\(child.output)")
        }

        @Test func aReloadSignalDuringTheFirstLoadWaitsForIt() async throws {
            // Symptom: the service manager heard RELOADING=1 before its first READY=1.
            let manager = try ServiceManager()
            let scratch = try ScratchDirectory("loading")
            let text = Self.slow(scratch.path, seconds: 0.5) + (try Self.configuration())
            let child = try Self.run(
                text, in: scratch, environment: ["NOTIFY_SOCKET": manager.path])
            try await Self.waitUntilLoading(scratch.path)
            child.signal(SIGHUP)
            // The reload reads the same file and comes after the start.
            var states: [String] = []
            try await eventually("reload", withinSeconds: 15, otherwise: child.output) {
                states += manager.states()
                return states.count >= 3
            }
            #expect(await child.stop() == 0, "\(child.output)")
            states += manager.states()
            #expect(states == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
            #expect(child.standardError.contains("generation 2 serves"), "\(child.output)")
        }

        private static func configuration() throws -> String {
            "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
        }

        /// A line that tells in a file that it runs, and keeps whoever evaluates it waiting.
        private static func slow(_ folder: String, seconds: Double = 8) -> String {
            "io.popen(\"touch \(folder)/loading; sleep \(seconds)\"):read(\"a\")\n"
        }

        private static func waitUntilLoading(_ folder: String) async throws {
            try await eventually("start of the load", withinSeconds: 10) {
                exists("\(folder)/loading")
            }
        }

        private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

        private static func run(
            _ text: String, in scratch: ScratchDirectory, environment: [String: String] = [:]
        ) throws -> ChildProcess {
            let file = try scratch.write(text, to: "pharos.lua")
            return try ChildProcess(
                try PharosDaemon.binary(),
                ["run", "-c", file, "--control", "\(scratch.path)/control.sock"],
                environment: environment.merging(["STATE_DIRECTORY": scratch.path]) { $1 })
        }
    }
}
