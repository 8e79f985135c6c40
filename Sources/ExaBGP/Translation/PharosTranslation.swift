// SPDX-License-Identifier: Apache-2.0
//
// One translation serves both `exabgp{…}`, which runs it, and `pharos import`, which prints it: what
// is printed is what would have been run.

public import Declarations

/// A text written for ExaBGP as statements of Pharos's own Lua.
public struct PharosTranslation: Hashable, Sendable {
    /// How to translate what a file leaves open.
    public struct Options: Hashable, Sendable {
        /// Healthchecks of ExaBGP become checks instead of processes.
        public var nativeHealthcheck = true
        /// Whose manners processes expect; `nil` is 3.4 for nested ones and 4 for others.
        public var version: HelperDeclaration.Version?
        /// `exabgp.api.ack`; `nil` is what the version says.
        public var acknowledges: Bool?

        public init() {}
    }

    /// One statement and where it comes from.
    public struct Statement: Hashable, Sendable {
        public var text: String
        public var location: SourceLocation
        /// Why it is as it is, for a reader; without dashes.
        public var comments: [String] = []
    }

    public internal(set) var statements: [Statement] = []
    /// What means less, or something else, than its author may believe; by line.
    public internal(set) var notes: [ExaBGPNote] = []
    var faults: [ExaBGPFault] = []

    /// Translates a configuration that was read; `readFile` gives the files of
    /// `healthcheck --config`.
    ///
    /// Fails with everything that Pharos cannot do, each at its line.
    public init(
        _ configuration: ExaBGPConfiguration, options: Options = Options(),
        readFile: (String) -> String? = { _ in nil }
    ) throws(ExaBGPRefusal) {
        notes = configuration.notes
        let keys = translateNeighbors(configuration)
        let helpers = translateProcesses(configuration, keys, options, readFile)
        noteLoneWatchdogs(configuration, hasHelpers: helpers)
        for (neighbor, key) in zip(configuration.neighbors, keys) {
            guard let key else { continue }
            translateRoutes(of: neighbor, key)
        }
        try finish()
    }

    /// Translates checks of a healthcheck's file.
    public init(checks: [HealthcheckOptions]) throws(ExaBGPRefusal) {
        for check in checks {
            guard let obstacle = Self.obstacle(to: check) else {
                translate(check, name: check.name ?? "healthcheck")
                continue
            }
            fault(check.location, "healthcheck: \(obstacle); take it out")
        }
        try finish()
    }

    private mutating func finish() throws(ExaBGPRefusal) {
        guard faults.isEmpty else {
            throw ExaBGPRefusal(faults.sorted { $0.location.line < $1.location.line })
        }
        notes.sort { $0.location.line < $1.location.line }
    }

    mutating func fault(_ location: SourceLocation, _ message: String) {
        let fault = ExaBGPFault(location, message)
        if !faults.contains(fault) { faults.append(fault) }
    }

    mutating func note(_ location: SourceLocation, _ message: String) {
        let note = ExaBGPNote(location, message)
        if !notes.contains(note) { notes.append(note) }
    }

    mutating func add(
        _ call: String, _ fields: [(key: String, value: String)], at location: SourceLocation,
        comments: [String] = []
    ) {
        statements.append(
            Statement(
                text: LuaText.call(call, fields), location: location, comments: comments))
    }

    // MARK: As text

    /// The whole as a file, for a person.
    public func text(of file: String) -> String {
        var lines = [
            "-- Made by `pharos import` of \(file).",
            "-- `pharos validate -c FILE` says whether it is right; lines of the original are beside it.",
        ]
        for statement in statements {
            lines.append("")
            lines.append("-- \(statement.location)")
            lines += statement.comments.map { "-- \($0)" }
            let place = statement.location
            lines += notes.filter { $0.location == place }.map { "-- note: \($0.message)" }
            lines.append(statement.text)
        }
        let places = Set(statements.map(\.location))
        let others = notes.filter { !places.contains($0.location) }
        if !others.isEmpty { lines.append("") }
        lines += others.map { "-- \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A chunk of Lua each of whose lines is the line of the original that it comes from.
    public struct Chunk: Hashable, Sendable {
        public var file: String
        public var text: String
    }

    /// The whole in order, in as few chunks as the order of lines allows.
    public var chunks: [Chunk] {
        var chunks: [Chunk] = []
        var line = 0
        var text = ""
        var file = ""
        for statement in statements {
            let place = statement.location
            if file != place.file || place.line < line {
                if !text.isEmpty { chunks.append(Chunk(file: file, text: text)) }
                (file, line, text) = (place.file, 1, "")
            }
            text += String(repeating: "\n", count: place.line - line)
            line = place.line
            // No literal holds a line feed, and no statement a comment.
            text += " " + statement.text.replacing("\n", with: " ") + ";"
        }
        if !text.isEmpty { chunks.append(Chunk(file: file, text: text)) }
        return chunks
    }
}
