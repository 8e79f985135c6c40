// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// Why servers or a snapshot could not be built from a configuration.
public enum BalancingError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooManyServers(Int, max: Int)
    case repeatedServer(String, SourceLocation)
    /// Selectors inside selectors beyond ``RuleProgram/depthMax``.
    case selectorTooDeep(rule: String, SourceLocation)
    /// What the C library says against the expression of a `RegexRule`.
    case badExpression(String, rule: String, words: String, SourceLocation)
    /// A rule calls a script's function, but no plane scripts were given.
    case ruleWithoutScripts(String)
    /// A policy is a script's function, but no plane scripts were given.
    case policyWithoutScripts(String)
    /// ``SnapshotCell/liveMax`` snapshots are still in use.
    case planeHoldsSnapshots(Int)
    /// ``SnapshotCell/replacedPlansMax`` plans that were replaced are still in use.
    case planeHoldsPlans(Int)

    public var description: String {
        switch self {
        case .tooManyServers(let count, let max):
            "\(count) servers, of which at most \(max) can be kept"
        case .repeatedServer(let identity, let location):
            "\(location): a second server has the identity \"\(identity)\""
        case .selectorTooDeep(let rule, let location):
            "\(location): the selector of rule \"\(rule)\" is nested more than "
                + "\(RuleProgram.depthMax) deep"
        case .badExpression(let text, let rule, let words, let location):
            "\(location): the regular expression \"\(text)\" of rule \"\(rule)\" is not valid: "
                + words
        case .ruleWithoutScripts(let name):
            "rule \"\(name)\" is a script, but no script is loaded in the plane"
        case .policyWithoutScripts(let name):
            "policy \"\(name)\" is a script, but no script is loaded in the plane"
        case .planeHoldsSnapshots(let count):
            "the plane's threads still use \(count) earlier configurations; try again"
        case .planeHoldsPlans(let count):
            "the plane's threads still use \(count) earlier plans of policies"
        }
    }
}
