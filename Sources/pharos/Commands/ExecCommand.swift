// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials
import Glibc

/// `pharos exec`: runs Lua in the running daemon.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Runs Lua in the control VM of the running daemon and prints what it gives.",
        discussion: """
            It may act on servers and shared values (getServer("DNS1"):setDown()), and not declare. \
            It has the budget of a check. Without LUA and -f it reads standard input. Exit status 0, \
            or 1 with the error and its traceback.
            """)

    @OptionGroup var control: ControlOptions

    @Option(name: .shortAndLong, help: "Reads the Lua text from this file; - is standard input.")
    var file: String?

    @Argument(help: ArgumentHelp("Lua text.", valueName: "LUA"))
    var script: String?

    func validate() throws {
        guard file == nil || script == nil else {
            throw ValidationError("give LUA or -f FILE, not both")
        }
    }

    func run() throws {
        let reply = try ControlClient.send(
            ControlRequest(.exec, script: try text()), to: control.control)
        if reply.exitStatus == 0 {
            print(reply.message, terminator: "")
        } else {
            complain(reply.message)
        }
        if reply.exitStatus != 0 { throw ExitCode(reply.exitStatus) }
    }

    private func text() throws(DaemonError) -> String {
        let text: String
        if let script {
            text = script
        } else if let file, file != "-" {
            guard let bytes = try? Data(contentsOf: URL(filePath: file)) else {
                throw .request("\(file): cannot be read")
            }
            text = String(decoding: bytes, as: UTF8.self)
        } else {
            var lines = ""
            while let line = readLine(strippingNewline: false) { lines += line }
            text = lines
        }
        guard text.utf8.count <= ControlRequest.scriptBytesMax else {
            throw .request("longer than \(ControlRequest.scriptBytesMax >> 10) KiB")
        }
        return text
    }
}
