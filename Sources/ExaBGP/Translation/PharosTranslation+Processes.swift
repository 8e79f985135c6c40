// SPDX-License-Identifier: Apache-2.0

import Declarations

extension PharosTranslation {
    /// ExaBGP's own folder, where it looks for programs first.
    private static let folder = "/etc/exabgp"

    /// Declares every process; returns whether one of them speaks ExaBGP's text API.
    mutating func translateProcesses(
        _ configuration: ExaBGPConfiguration, _ keys: [NeighborKey?], _ options: Options,
        _ readFile: (String) -> String?
    ) -> Bool {
        var hasHelpers = false
        for process in configuration.processes {
            let speaksTo = zip(configuration.neighbors, keys).filter {
                Self.names(of: $0.0).contains { $0.matches(process.name) }
            }.compactMap(\.1)
            if options.nativeHealthcheck,
                let arguments = HealthcheckArguments.recognise(process.run),
                runsNatively(process, arguments, speaksTo, readFile)
            {
                continue
            }
            hasHelpers = true
            translate(process, configuration, keys, speaksTo, options)
        }
        return hasHelpers
    }

    /// A process that a neighbour names, by its name or by an expression.
    private enum Mention {
        case name(String)
        case expression(String)

        func matches(_ process: String) -> Bool {
            switch self {
            case .name(let name): return name == process
            case .expression(let text):
                // The reader refused what is no expression.
                guard let expression = try? Regex(text) else { return false }
                return process.prefixMatch(of: expression) != nil
            }
        }
    }

    private static func names(
        of neighbor: ExaBGPNeighbor, where isMeant: (ExaBGPAPI) -> Bool = { _ in true }
    ) -> [Mention] {
        neighbor.apis.filter(isMeant).flatMap { api in
            api.processes.map { Mention.name($0) }
                + api.processesMatch.map { Mention.expression($0) }
        }
    }

    private mutating func translate(
        _ process: ExaBGPProcess, _ configuration: ExaBGPConfiguration, _ keys: [NeighborKey?],
        _ speaksTo: [NeighborKey], _ options: Options
    ) {
        let version = options.version ?? (process.isNested ? .three : .four)
        var comments: [String] = []
        var fields: [(key: String, value: String)] = [
            ("name", LuaText.quoted(process.name)), ("run", LuaText.list(process.run)),
        ]
        if process.run.first?.hasPrefix("/") == false {
            fields.append(("searchPath", LuaText.list(searchPath(process))))
        }
        // 3.4 sends what a nested process says to everybody.
        if !process.isNested {
            if speaksTo.isEmpty {
                note(
                    process.location,
                    "no neighbor names process '\(process.name)'; it runs, and announces nothing")
            }
            fields.append(("neighbors", LuaText.list(speaksTo.map { "\($0)" })))
        } else if speaksTo.count < configuration.neighbors.count {
            comments.append(
                "ExaBGP 3.4 sends what a nested process says to every neighbor, 4 to its own alone:"
                    + " neighbors = {…} would do that.")
        }
        let watched = zip(configuration.neighbors, keys).filter { neighbor, _ in
            Self.names(of: neighbor, where: \.neighborChanges).contains {
                $0.matches(process.name)
            }
        }.compactMap(\.1)
        if !watched.isEmpty {
            fields.append(("watches", LuaText.list(watched.map { "\($0)" })))
        }
        noteEvents(process, configuration)
        if process.encoder != .text { fields.append(("encoder", LuaText.quoted("json"))) }
        fields.append(("version", LuaText.quoted(version.rawValue)))
        if let acknowledges = options.acknowledges, acknowledges != version.acknowledges {
            fields.append(("acknowledge", "\(acknowledges)"))
        }
        if !process.respawns {
            fields.append(("respawn", "false"))
            fields.append(("onExit", LuaText.quoted("keep")))
            comments.append("It is not started again, so what it announced stays, as in ExaBGP.")
        }
        add("newHelper", fields, at: process.location, comments: comments)
    }

    /// ExaBGP's order: its own folder, that of the configuration, PATH.
    private func searchPath(_ process: ExaBGPProcess) -> [String] {
        let file = process.location.file
        let own = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        return own == Self.folder ? [own] : [Self.folder, own]
    }

    private mutating func noteEvents(
        _ process: ExaBGPProcess, _ configuration: ExaBGPConfiguration
    ) {
        for neighbor in configuration.neighbors {
            let asked = neighbor.apis.filter {
                !$0.send.isEmpty || !$0.receive.isEmpty || $0.negotiated || $0.fsm || $0.signal
            }
            guard asked.contains(where: { $0.processes.contains(process.name) }) else { continue }
            note(
                process.location,
                "process '\(process.name)' is told when neighbors go up and down, and nothing of"
                    + " messages")
            return
        }
    }

    /// A watchdog that nobody can set.
    mutating func noteLoneWatchdogs(
        _ configuration: ExaBGPConfiguration, hasHelpers: Bool
    ) {
        guard !hasHelpers else { return }
        for route in configuration.neighbors.flatMap(\.routes) where route.watchdog != nil {
            note(
                route.location,
                "no process can set watchdog '\(route.watchdog ?? "")'")
        }
    }
}
