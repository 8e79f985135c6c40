// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// Why servers or a snapshot could not be built from a configuration.
public enum BalancingError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooManyServers(Int, max: Int)
    case repeatedServer(String, SourceLocation)
    /// Selectors inside selectors beyond ``RuleProgram/depthMax``.
    case selectorTooDeep(rule: String, SourceLocation)
    /// A policy is a script's function, but no plane scripts were given.
    case policyWithoutScripts(String)
    /// ``SnapshotCell/liveMax`` snapshots are still in use.
    case planeHoldsSnapshots(Int)

    public var description: String {
        switch self {
        case .tooManyServers(let count, let max):
            "\(count) servers, of which at most \(max) can be kept"
        case .repeatedServer(let identity, let location):
            "\(location): a second server has the identity \"\(identity)\""
        case .selectorTooDeep(let rule, let location):
            "\(location): the selector of rule \"\(rule)\" is nested more than "
                + "\(RuleProgram.depthMax) deep"
        case .policyWithoutScripts(let name):
            "policy \"\(name)\" is a script, but no script is loaded in the plane"
        case .planeHoldsSnapshots(let count):
            "the plane's threads still use \(count) earlier configurations; try again"
        }
    }
}
