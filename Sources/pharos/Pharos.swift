// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Glibc

/// The command line (DESIGN §7): exit status 0 done, 1 the configuration or the request is at
/// fault, 2 usage, 70 our fault.
@main
struct Pharos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pharos",
        abstract: "A scriptable runtime for health policies: balances DNS queries, checks health "
            + "with Lua, announces addresses over BGP.",
        version: Version.current,
        subcommands: [
            RunCommand.self, ValidateCommand.self, ReloadCommand.self, StatusCommand.self,
            ProbeCommand.self, TestCommand.self, SimulateCommand.self, ExecCommand.self,
            RoutesCommand.self, ResetCommand.self, DrainCommand.self, UndrainCommand.self,
            ForceCommand.self, EventsCommand.self, DoctorCommand.self, DemoCommand.self,
            ImportCommand.self,
            ReferenceCommand.self,
        ])

    static func main() async {
        // A reload that is asked for before the daemon listens must not end it.
        if CommandLine.arguments.dropFirst().first == "run" { Daemon.ignoreReloadSignals() }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as DaemonError {
            complain(error.description)
            Glibc.exit(error.exitStatus)
        } catch {
            let status = exitCode(for: error)
            let text = fullMessage(for: error)
            if status == .success {
                print(text)
            } else if !text.isEmpty {
                complain(text)
            }
            // ArgumentParser says 64 (EX_USAGE) where our contract says 2.
            Glibc.exit(status == .validationFailure ? 2 : status.rawValue)
        }
    }
}

/// Writes a line to standard output at once, also into a pipe.
func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Writes a line for a person to standard error.
func complain(_ line: String) {
    let bytes = Array((line.hasSuffix("\n") ? line : line + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)  // nobody is left to tell of an error
}

extension DaemonError {
    /// 70 for what no operator can mend.
    var exitStatus: Int32 {
        guard case .system(_, _, let code) = self else { return 1 }
        return [EACCES, EPERM, ENOENT, ENOTDIR, EROFS].contains(code) ? 1 : 70
    }
}
