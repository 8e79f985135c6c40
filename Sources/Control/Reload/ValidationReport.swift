// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker
import Declarations
import Scripting

/// What `pharos validate` says, for a person or as JSON. The names of its fields are stable.
public struct ValidationReport: Encodable, Sendable {
    public struct Message: Encodable, Sendable {
        public var file: String?
        public var line: Int?
        public var message: String

        /// `FILE:LINE: message`.
        var text: String {
            guard let file, let line else { return message }
            return "\(file):\(line): \(message)"
        }
    }

    public struct Name: Encodable, Sendable {
        public var name: String
        /// What happens instead, or what may have been meant.
        public var note: String
        public var file: String
        public var line: Int
    }

    public struct Names: Encodable, Sendable {
        public var supported: [Name]
        public var withoutEffect: [Name]
        public var unknown: [Name]
    }

    public var file: String
    public var valid: Bool
    public var errors: [Message]
    public var warnings: [String]
    /// How soon a hang of what a check asks reaches each route.
    public var reactions: [RouteReaction]
    /// What was declared: `"servers": 3`.
    public var declared: [String: Int]
    public var names: Names

    /// In the order in which they are told.
    private var summary: [(count: Int, name: String)] = []

    private enum CodingKeys: String, CodingKey {
        case file, valid, errors, warnings, reactions, declared, names
    }

    init(_ survey: ConfigurationSurvey, file: String) {
        self.file = file
        valid = survey.generation != nil
        errors = survey.faults.map {
            Message(file: $0.location?.file, line: $0.location?.line, message: $0.message)
        }
        let configuration = survey.generation?.configuration
        warnings = (configuration?.warnings ?? []) + survey.checkWarnings
        // A run would refuse them; the file may be for another host than this one.
        warnings += NextHopCheck().faults(
            neighbors: configuration?.neighbors ?? [],
            announcements: configuration?.announcements ?? []
        ).map { "\($0.text) (on this host)" }
        reactions = configuration.map(RouteReaction.all) ?? []
        if configuration?.isEmpty == true { warnings.append("\(file) declares nothing at all") }
        names = Names(
            supported: Self.names(survey.names.supported),
            withoutEffect: Self.names(survey.names.withoutEffect),
            unknown: Self.names(survey.names.unknown))
        declared = [:]
        if let configuration {
            summary = [
                (configuration.effectiveListeners.count, "listener"),
                (configuration.servers.count, "server"), (configuration.checks.count, "check"),
                (configuration.neighbors.count, "neighbor"),
                (configuration.announcements.count, "route"),
            ]
            for part in summary { declared[part.name + "s"] = part.count }
        }
    }

    private static func names(_ entries: [NameTable.Entry]) -> [Name] {
        entries.map {
            Name(
                name: $0.name, note: $0.note, file: $0.location.file, line: $0.location.line)
        }
    }
}

// MARK: - For a person

extension ValidationReport {
    /// `FILE:LINE: message` of each fault, for standard error.
    public var errorLines: [String] { errors.map(\.text) }

    /// Warnings that the table of names does not tell.
    public var warningLines: [String] {
        let told = ([Name])(names.withoutEffect + names.unknown).map { "\($0.file):\($0.line): " }
        return warnings.filter { warning in
            let isOfName =
                warning.contains(": accepted without effect") || warning.contains(": unknown key '")
            return !isOfName || !told.contains { warning.hasPrefix($0) }
        }
    }

    /// The summary, how soon routes react, and the table of names.
    ///
    /// - Parameter showsAllNames: the supported ones as well.
    public func lines(showsAllNames: Bool) -> [String] {
        let used = names.supported.count + names.withoutEffect.count + names.unknown.count
        // What does not even compile names nothing, and its one error says all.
        guard valid || used > 0 || errors.count > 1 else { return [] }
        var lines: [String] = []
        if valid {
            let counts = summary.map { "\($0.count) \($0.name)\($0.count == 1 ? "" : "s")" }
            lines.append("\(file): valid: \(counts.joined(separator: ", "))")
        } else {
            lines.append("\(file): refused: \(errors.count) error\(errors.count == 1 ? "" : "s")")
        }
        lines += reactions.flatMap(\.lines)
        lines.append(
            "names: \(names.supported.count) supported, \(names.withoutEffect.count) accepted"
                + " without effect, \(names.unknown.count) unknown")
        let groups =
            (showsAllNames ? [("supported", names.supported)] : [])
            + [("without effect", names.withoutEffect), ("unknown", names.unknown)]
        let width = groups.flatMap(\.1).map(\.name.count).max() ?? 0
        for (group, entries) in groups {
            for entry in entries {
                let name = entry.note.isEmpty ? entry.name : Self.padded(entry.name, width)
                let words = [name, entry.note].filter { !$0.isEmpty }.joined(separator: "  ")
                lines.append(
                    "  \(Self.padded(group, 14))  \(words) (\(entry.file):\(entry.line))")
            }
        }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
