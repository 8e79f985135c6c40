// SPDX-License-Identifier: Apache-2.0

/// A program that announces by ExaBGP's text API: it writes commands to its standard output
/// (`newHelper`, or a `process` of an ExaBGP configuration).
public struct HelperDeclaration: Hashable, Sendable {
    /// What it is told in.
    public enum Encoder: String, CaseIterable, Hashable, Sendable {
        case text, json
    }

    /// Whose manners it expects.
    public enum Version: String, CaseIterable, Hashable, Sendable {
        /// Says nothing to a command.
        case three = "3.4"
        case four = "4"
        case five = "5"

        /// Whether commands are answered with `done` or `error` unless told otherwise.
        public var acknowledges: Bool { self != .three }
    }

    /// What becomes of its routes when it has ended and nobody says them again.
    public enum OnExit: String, CaseIterable, Hashable, Sendable {
        case withdraw, keep
    }

    /// Its identity across reloads.
    public var name: String
    /// The program and its arguments.
    public var arguments: [String]
    /// Folders where a program without a leading slash is looked for before PATH.
    public var searchPath: [String] = []
    /// Whom its commands without a selector go to, and whom a selector may name; `nil` is everybody.
    public var neighbors: [NeighborKey]?
    /// Of which it is told when they go up and down.
    public var watches: [NeighborKey] = []
    public var encoder = Encoder.text
    public var version = Version.four
    public var acknowledges = true
    /// Started again when it ends.
    public var respawns = true
    public var onExit = OnExit.withdraw
    /// How long its routes wait for its next run to say them again.
    public var exitGraceSeconds = 30.0
    public var location: SourceLocation

    public init(name: String, arguments: [String], location: SourceLocation) {
        self.name = name
        self.arguments = arguments
        self.location = location
    }
}
