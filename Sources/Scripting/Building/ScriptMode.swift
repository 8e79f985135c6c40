// SPDX-License-Identifier: Apache-2.0

/// What an evaluation is for.
public enum ScriptMode: Hashable, Sendable {
    /// The result will serve: commands that the configuration runs are run, once.
    case run
    /// `pharos validate`: nothing outside is changed, `os.execute` does nothing.
    case validate
    /// `pharos simulate`: as `validate`, with the plane's VMs.
    case simulate
    /// `pharos reload --dry-run`: as `validate`, in the running daemon.
    case dryRun

    var executesCommands: Bool { self == .run }

    var makesPlaneScripts: Bool { self == .run || self == .simulate }
}
