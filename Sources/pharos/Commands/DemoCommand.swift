// SPDX-License-Identifier: Apache-2.0

import Addressing
import ArgumentParser
import Control
import Glibc
import Logging

/// `pharos demo`: the main job on loopback, for a first look.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs the daemon against three embedded responders and an embedded router.",
        discussion: "No root, no router, no resolver. Without a terminal it prints events as "
            + "lines and follows a fixed plan of failures.")

    @Option(name: .long, help: "Ends after so many seconds; without a terminal 30 unless given.")
    var seconds: Double?

    func validate() throws {
        if let seconds, !(1...86_400).contains(seconds) {
            throw ValidationError("--seconds is 1 to 86400")
        }
    }

    func run() async throws {
        let directory = try Self.makeDirectory()
        let descriptor = open("\(directory)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DaemonError.system(call: "open", object: "\(directory)/log", code: errno)
        }
        let logger = Logger(label: "pharos") { _ in
            LineLogHandler(format: .text, level: .info, descriptor: descriptor)
        }
        let stage = try await DemoStage.build(logger: logger, directory: directory)
        let daemon = Task { try await stage.daemon.run() }
        guard await stage.daemon.waitUntilReady() else { return try await daemon.value }
        if let terminal = Terminal.open() {
            try await watch(stage, on: terminal)
        } else {
            try await tour(stage)
        }
        await stage.daemon.stop()
        try await daemon.value
        try await stage.close()
        say("The log is in \(directory)/log")
    }

    /// The live view, until `q` or the time is over.
    private func watch(_ stage: DemoStage, on terminal: consuming Terminal) async throws {
        let clock = ContinuousClock()
        let end = seconds.map { clock.now + .seconds($0) }
        var marks = [stage.client.tally]
        while end.map({ clock.now < $0 }) ?? true {
            while let key = terminal.key() {
                if key == "q" { return }
                if key == "r" { _ = await stage.daemon.reload(force: false) }
                if let number = key.wholeNumberValue { try await stage.toggle(number - 1) }
            }
            // Counts of the last five seconds, so that a change is seen at once.
            terminal.show(await stage.scene(since: marks[0]).lines())
            marks = marks.suffix(24) + [stage.client.tally]
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Lines instead of a picture, and a plan instead of keys.
    private func tour(_ stage: DemoStage) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let total = seconds ?? 30
        say("Pharos demonstration for \(Int(total)) s. Ask it yourself:")
        say("  dig @\(stage.listen.address) -p \(stage.listen.port) www.example A")
        say("  curl http://\(stage.webserver)/metrics")
        var tour = DemoTour()
        var mark = stage.client.tally
        var nextSummary = start + .seconds(2)
        while clock.now < start + .seconds(total) {
            let scene = await stage.scene(since: mark)
            if clock.now >= nextSummary {
                tour.summary(of: scene.tally)
                mark = stage.client.tally
                nextSummary += .seconds(2)
            }
            if let index = tour.observe(
                scene, elapsedShare: (clock.now - start) / .seconds(total))
            {
                try await stage.toggle(index)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func makeDirectory() throws -> String {
        var template = Array("/tmp/pharos-demo-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw DaemonError.system(call: "mkdtemp", object: "/tmp", code: errno)
        }
        return String(cString: made)
    }
}
