// SPDX-License-Identifier: Apache-2.0

import Declarations

/// What rules on queries and rules on answers have in common: all but what they do.
protocol DeclaredRule {
    var selector: Selector { get }
    var name: String { get }
    var location: SourceLocation { get }
    /// Whether its action is a function in the plane's VMs.
    var isScript: Bool { get }
}

extension RuleDeclaration: DeclaredRule {
    var isScript: Bool {
        if case .script = action { true } else { false }
    }
}

extension ResponseRuleDeclaration: DeclaredRule {
    var isScript: Bool {
        if case .script = action { true } else { false }
    }
}
