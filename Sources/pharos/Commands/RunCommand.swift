// SPDX-License-Identifier: Apache-2.0

import Addressing
import ArgumentParser
import Control

/// `pharos run`: the daemon, in the foreground.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the daemon in the foreground; prints a line beginning `ready`.",
        discussion:
            "SIGHUP and SIGUSR1 reload, SIGTERM drains, withdraws and exits 0; SIGINT, or a second SIGTERM, is quicker."
    )

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var control: ControlOptions
    @OptionGroup var log: LogOptions

    @Option(name: .long, help: "Listens here instead of where the configuration says.")
    var listen: [Endpoint] = []

    @Option(name: .long, help: "Admits these networks instead of those of the configuration.")
    var acl: [IPPrefix] = []

    @Option(name: .long, help: "Threads for UDP; one for each processor unless given.")
    var workers = RunOptions.workersDefault

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Keeps drains, forced states, flaps and events here and beside it; none keeps nothing.",
            valueName: "FILE"))
    var state: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long SIGTERM lets routes carry GRACEFUL_SHUTDOWN before the withdraw.",
            valueName: "SECONDS"))
    var stopGrace = RunOptions.stopGraceSecondsDefault

    func validate() throws {
        guard (0...RunOptions.stopGraceSecondsMax).contains(stopGrace) else {
            throw ValidationError("--stop-grace is 0 to \(Int(RunOptions.stopGraceSecondsMax))")
        }
        guard (1...RunOptions.workersMax).contains(workers) else {
            throw ValidationError("--workers is 1 to \(RunOptions.workersMax)")
        }
    }

    func run() async throws {
        try source.requireFile()
        var options = RunOptions(
            configuration: .file(source.config), controlPath: control.control,
            logger: log.makeLogger())
        options.settings = source.values
        options.listen = listen
        options.acl = acl
        options.workers = workers
        options.stopGraceSeconds = stopGrace
        options.statePath =
            state == "none"
            ? nil : state ?? RunOptions.defaultStatePath(control: control.control)
        try await Daemon(options).run()
    }
}
