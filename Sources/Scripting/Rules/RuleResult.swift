// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// What an announce rule decided.
public enum RuleResult: Hashable, Sendable {
    /// Announce with these: the static attributes with the rule's merged onto them.
    case announce(RouteAttributes)
    /// `false`, with the words the rule gave as its second value.
    case withdraw(detail: String)
    /// It raised, returned nil or nonsense: the last decision stands (DESIGN §3.2).
    case failed(ScriptFault)
}
