// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A program that ExaBGP runs and reads commands from (`process NAME { run …; }`).
public struct ExaBGPProcess: Hashable, Sendable {
    public enum Encoder: String, CaseIterable, Hashable, Sendable {
        case text, json
    }

    /// Known by it across the whole file.
    public var name: String
    /// The program and its arguments, quotes resolved. A relative program is looked for in
    /// /etc/exabgp, beside the configuration and in PATH.
    public var run: [String]
    public var encoder = Encoder.text
    public var respawns = true
    /// Nested in a neighbour or group (3.4): its commands without a selector go to every neighbour,
    /// where those of a global process go to the neighbours whose `api` names it.
    public var isNested = false
    public var location: SourceLocation

    init(name: String, run: [String], location: SourceLocation) {
        self.name = name
        self.run = run
        self.location = location
    }
}
