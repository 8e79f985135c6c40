// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Which queries a rule applies to (dnsdist's selectors).
public indirect enum Selector: Hashable, Sendable {
    case all
    case queryType(UInt16)
    /// `TCPRule(true)` or `TCPRule(false)`.
    case overTCP(Bool)
    case source([IPPrefix])
    case and([Selector])
    case or([Selector])
    case not(Selector)
}

/// What is done with a query that a rule selects (dnsdist's actions).
public enum Action: Hashable, Sendable {
    case allow
    case drop
    /// Answers with TC=1 and no records, over UDP; no effect over TCP (`TCAction`).
    case truncate
    case responseCode(UInt8)
    case pool(String)
    case none
}

/// One rule of the query chain, in order of declaration.
public struct RuleDeclaration: Hashable, Sendable {
    public var selector: Selector
    public var action: Action
    public var name: String
    public var location: SourceLocation

    public init(selector: Selector, action: Action, name: String, location: SourceLocation) {
        self.selector = selector
        self.action = action
        self.name = name
        self.location = location
    }
}
