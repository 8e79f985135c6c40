// SPDX-License-Identifier: Apache-2.0

public import Addressing
import Glibc
public import Logging
import Proxy

/// Where a configuration comes from.
public enum ConfigurationSource: Sendable, Equatable {
    case file(String)
    /// A text that the program carries (the demonstration's); `name` stands for its path.
    case text(name: String, source: String)

    public var name: String {
        switch self {
        case .file(let path): path
        case .text(let name, _): name
        }
    }

    /// What stands for the file's bytes; `nil` reads the file.
    var text: String? {
        switch self {
        case .file: nil
        case .text(_, let source): source
        }
    }
}

/// What the command line says about a run; it goes above what the configuration says.
public struct RunOptions: Sendable {
    public var configuration: ConfigurationSource
    public var controlPath: String
    /// `--listen`: replaces the listeners of the configuration (as dnsdist's `-l`).
    public var listen: [Endpoint] = []
    /// `--acl`: replaces the ACL (as dnsdist's `-a`).
    public var acl: [IPPrefix] = []
    /// Plane threads for UDP; not reloadable.
    public var workers: Int
    /// `--set KEY=VALUE`, read as `setting.KEY`; `name` is the node's.
    public var settings: [String: String] = [:]
    public var logger: Logger
    /// What outlives the process: drains, forced states, flaps (`--state`); `nil` keeps nothing.
    public var statePath: String?
    /// How long SIGTERM lets routes carry GRACEFUL_SHUTDOWN before they are withdrawn.
    public var stopGraceSeconds = 0.0
    /// Where the line `ready …` goes, and what else a person should see.
    public var announce: @Sendable (String) -> Void = {
        print($0)
        fflush(nil)
    }

    public init(configuration: ConfigurationSource, controlPath: String, logger: Logger) {
        self.configuration = configuration
        self.controlPath = controlPath
        self.logger = logger
        workers = Self.workersDefault
    }

    /// Worker threads: default one for each processor this process may use, minimum 1, maximum
    /// 64 (each worker keeps its own sockets to every server it uses).
    public static let workersMax = 64

    /// One for each processor of the affinity mask.
    public static var workersDefault: Int {
        min(Plane.workerCount(PlaneOptions()), workersMax)
    }

    /// `/run/pharos/control.sock`, or for a user without rights there
    /// `$XDG_RUNTIME_DIR/pharos.sock`.
    public static var defaultControlPath: String {
        let system = "/run/pharos"
        if access(system, W_OK) == 0 || getuid() == 0 { return "\(system)/control.sock" }
        guard let runtime = getenv("XDG_RUNTIME_DIR") else { return "\(system)/control.sock" }
        return String(cString: runtime) + "/pharos.sock"
    }

    /// Default 2 s, maximum 4 s: the whole way down takes 10 s at most, and withdrawing with the
    /// queries in flight may need the other half.
    public static let stopGraceSecondsDefault = 2.0
    public static let stopGraceSecondsMax = 4.0

    /// Where the state is unless `--state` says: in the service manager's state directory
    /// (`$STATE_DIRECTORY`), in `/var/lib/pharos` for a control socket in `/run/pharos`, in
    /// `$XDG_STATE_HOME/pharos` for one in `$XDG_RUNTIME_DIR`, beside any other socket. A socket of
    /// another name than `control.sock` gives its own to the file: two daemons share none.
    public static func defaultStatePath(control: String) -> String {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        var name = control.split(separator: "/").last.map(String.init) ?? "control.sock"
        if name.hasSuffix(".sock") { name.removeLast(5) }
        let file = name == "control" ? "state.json" : "\(name).state.json"
        let folder = folder(of: control)
        if let directory = variable("STATE_DIRECTORY")?.split(separator: ":").first {
            return "\(directory)/\(file)"
        }
        if folder == "/run/pharos" { return "/var/lib/pharos/\(file)" }
        if let runtime = variable("XDG_RUNTIME_DIR"), folder == runtime {
            let home = variable("XDG_STATE_HOME") ?? variable("HOME").map { "\($0)/.local/state" }
            if let home { return "\(home)/pharos/\(file)" }
        }
        return "\(folder)/\(file)"
    }

    /// The folder that a path is in.
    static func folder(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
    }

    /// The name scripts read as `node.name`.
    public var nodeName: String { settings["name"] ?? Self.hostName }

    /// As it was when it was first asked for: rules are given it at every turn.
    private static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
}
