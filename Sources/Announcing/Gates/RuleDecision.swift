// SPDX-License-Identifier: Apache-2.0

/// What one evaluation of a route's rule decided (DESIGN §3.2).
public enum RuleDecision: Hashable, Sendable {
    /// `true` (no changes) or a table of attributes.
    case announce(RouteAttributeChanges)
    /// `false`; the words are for the operator and may be empty.
    case withdraw(reason: String)
    /// It raised or returned neither: the last decision stands.
    case error(String)
}
