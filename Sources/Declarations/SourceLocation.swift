// SPDX-License-Identifier: Apache-2.0

/// Where in a script something was said: the operator's file, as it was opened, and its line.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1.
    public let line: Int

    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line)" }
}

/// A script's function that the daemon calls later, known by its ordinal among all bound functions.
///
/// Every evaluation of one configuration binds the same functions in the same order; the list of
/// kind, name and place is compared to prove it (DESIGN §3.3).
public struct FunctionReference: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case policy, check, rule, queryRule, responseRule, maintenance, timer, plan
        case stateCallback, blockRule
    }

    public let kind: Kind
    /// The name of what it was bound to: the policy's, the check's, the route's.
    public let name: String
    public let location: SourceLocation
    /// Position in ``DeclaredConfiguration/functions``, from 0.
    public let ordinal: Int

    public init(kind: Kind, name: String, location: SourceLocation, ordinal: Int) {
        self.kind = kind
        self.name = name
        self.location = location
        self.ordinal = ordinal
    }
}
