// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control

/// `pharos force`: for when a check is wrong.
struct ForceCommand: ParsableCommand {
    enum Verdict: String, ExpressibleByArgument, CaseIterable {
        case up, down, auto
    }

    static let configuration = CommandConfiguration(
        commandName: "force",
        abstract: "Says what a check or a prefix is, whatever the checks say, until it ends.",
        discussion: """
            Forced up, a prefix is announced although its checks are down, but never while its \
            address is not on this host or while it is drained. It survives reloads and restarts and \
            ends with --for or `pharos force auto`.
            """)

    @OptionGroup var control: ControlOptions

    @Argument(help: ArgumentHelp("up, down or auto.", valueName: "up|down|auto"))
    var verdict: Verdict

    @Argument(help: ArgumentHelp("A check, a prefix or an address.", valueName: "CHECK|PREFIX"))
    var target: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Ends by itself after this (30m, 2h).", valueName: "TIME"))
    var time: TimeText?

    @Option(help: "Why, for whoever looks at the status.")
    var reason: String?

    func validate() throws {
        guard let time else { return }
        guard time.seconds > 0 else { throw ValidationError("--for is a time above zero") }
        if verdict == .auto { throw ValidationError("auto has no --for") }
    }

    func run() throws {
        var request = OperatorRequest.fromHere()
        request.target = target
        request.reason = reason
        request.seconds = time?.seconds
        request.isUp = verdict == .auto ? nil : verdict == .up
        try Operate.send(.force, request, to: control.control)
    }
}
