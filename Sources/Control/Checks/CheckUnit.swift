// SPDX-License-Identifier: Apache-2.0

import Declarations

/// What runs on a schedule and has a position of its own: a check, or one target of a check.
struct CheckUnit: Hashable, CustomStringConvertible {
    let check: String
    /// The target's name; `nil` for a check without targets, and for one as a whole.
    var target: String?

    /// As a heading: `resolver 192.0.2.1`.
    var title: String { target.map { "\(check) \($0)" } ?? check }

    /// As it follows the word "check" in the log.
    var description: String { target.map { "\(check), target \($0)," } ?? check }
}

extension CheckDeclaration {
    /// What runs of it, in order.
    var units: [CheckUnit] {
        guard !targets.isEmpty else { return [CheckUnit(check: name)] }
        return targets.map { CheckUnit(check: name, target: $0.name) }
    }

    func target(_ unit: CheckUnit) -> CheckTarget? {
        targets.first { $0.name == unit.target }
    }
}
