// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control

/// `pharos drain`: takes the node, a prefix or a check's prefixes out of service, gently.
struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Takes this node, a prefix, or what a check gates out of service, gently.",
        discussion: """
            Routes carry GRACEFUL_SHUTDOWN for a while, then they are withdrawn. It stays so over \
            reloads, restarts and reboots until `pharos undrain`. Exit status 0, or 1 with the reason.
            """)

    @OptionGroup var control: ControlOptions

    @Argument(
        help: ArgumentHelp(
            "A prefix, an address or a check; the whole node without.", valueName: "PREFIX|CHECK"))
    var target: String?

    @Flag(help: "Returns only when no queries come any more.")
    var wait = false

    @Option(help: "Why, for whoever looks at the status.")
    var reason: String?

    @Option(
        help: ArgumentHelp(
            "How long routes carry GRACEFUL_SHUTDOWN before they are withdrawn (10s).",
            valueName: "TIME"))
    var grace: TimeText?

    @Option(
        help: ArgumentHelp("So long without a query is quiet (5s).", valueName: "TIME"))
    var quiet: TimeText?

    @Option(
        help: ArgumentHelp("Waits not longer than this after the withdraw (2m).", valueName: "TIME")
    )
    var atMost: TimeText?

    func run() throws {
        var request = OperatorRequest.fromHere()
        request.target = target
        request.reason = reason
        request.wait = wait
        request.graceSeconds = grace?.seconds
        request.quietSeconds = quiet?.seconds
        request.waitSecondsMax = atMost?.seconds
        try Operate.send(.drain, request, to: control.control)
    }
}

/// `pharos undrain`: takes a drain back.
struct UndrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain",
        abstract: "Takes a drain back: routes follow their checks again, without a delay.")

    @OptionGroup var control: ControlOptions

    @Argument(
        help: ArgumentHelp("What was drained; the whole node without.", valueName: "PREFIX|CHECK"))
    var target: String?

    func run() throws {
        var request = OperatorRequest.fromHere()
        request.target = target
        try Operate.send(.undrain, request, to: control.control)
    }
}

/// What commands that act on routes and checks have in common.
enum Operate {
    static func send(
        _ verb: ControlRequest.Verb, _ request: OperatorRequest, to path: String
    ) throws {
        let reply = try ControlClient.send(ControlRequest(verb, operation: request), to: path)
        if reply.exitStatus == 0 {
            print(reply.message)
        } else {
            complain(reply.message)
            throw ExitCode(reply.exitStatus)
        }
    }
}
