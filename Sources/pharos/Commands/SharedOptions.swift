// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import ArgumentParser
public import Control
import Glibc
import Logging

/// `-c FILE` and what is said to its scripts.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration, a Lua file; a dnsdist.conf is one.")
    var config = "/etc/pharos/pharos.lua"

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A setting that scripts read as setting.KEY; `name` is the node's.",
            valueName: "KEY=VALUE"))
    var settings: [Setting] = []

    /// Says how to name a file when the default one is not there.
    func requireFile() throws(DaemonError) {
        if access(config, R_OK) != 0, errno == ENOENT {
            throw DaemonError.configuration(
                "\(config): there is no such file; name one with -c FILE")
        }
    }

    var values: [String: String] {
        Dictionary(settings.map { ($0.key, $0.value) }) { _, last in last }
    }
}

/// One `KEY=VALUE`.
struct Setting: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            return nil
        }
        key = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

/// `--control SOCKET`.
struct ControlOptions: ParsableArguments {
    @Option(name: .long, help: "The daemon's control socket.")
    var control = RunOptions.defaultControlPath
}

/// `-v` and `--log-format`.
struct LogOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Says more; twice says most.")
    var verbose: Int

    @Option(name: .long, help: "text or json, one line each, on standard error.")
    var logFormat = LogFormat.text

    func makeLogger(descriptor: Int32 = 2) -> Logger {
        let level: Logger.Level =
            switch verbose {
            case 0: .info
            case 1: .debug
            default: .trace
            }
        let format = logFormat
        return Logger(label: "pharos") { _ in
            LineLogHandler(format: format, level: level, descriptor: descriptor)
        }
    }
}

extension LogFormat: ExpressibleByArgument {}

extension Endpoint: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument, defaultPort: 53)
    }
}

extension IPPrefix: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}
