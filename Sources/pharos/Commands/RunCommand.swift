// SPDX-License-Identifier: Apache-2.0

import Addressing
import ArgumentParser
import Control

/// `pharos run`: the daemon, in the foreground.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the daemon in the foreground; prints a line beginning `ready`.",
        discussion: "SIGHUP and SIGUSR1 reload, SIGTERM withdraws, drains and exits 0.")

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var control: ControlOptions
    @OptionGroup var log: LogOptions

    @Option(name: .long, help: "Listens here instead of where the configuration says.")
    var listen: [Endpoint] = []

    @Option(name: .long, help: "Admits these networks instead of those of the configuration.")
    var acl: [IPPrefix] = []

    @Option(name: .long, help: "Threads for UDP; one for each processor unless given.")
    var workers = RunOptions.workersDefault

    func validate() throws {
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
        try await Daemon(options).run()
    }
}
