// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Glibc

/// `pharos reload`: waits until the new generation serves, or says why the old one still does.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Reloads the running daemon's configuration and waits.",
        discussion: "Exit status 0: the new generation serves. 1: rejected, the old one serves on.")

    @OptionGroup var control: ControlOptions

    @Flag(help: "Says what would change, and changes nothing.")
    var dryRun = false

    @Flag(help: "Accepts a configuration that removes everything.")
    var force = false

    func run() throws {
        let reply = try ControlClient.send(
            ControlRequest(
                .reload, force: force, dryRun: dryRun, operation: OperatorRequest.fromHere()),
            to: control.control)
        if reply.exitStatus == 0 {
            print(reply.message)
        } else {
            complain(reply.message)
        }
        throw ExitCode(reply.exitStatus)
    }
}
