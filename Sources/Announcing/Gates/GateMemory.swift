// SPDX-License-Identifier: Apache-2.0

internal import Declarations

/// What a condition said in this evaluation: a thousand prefixes of one check share its words.
struct GateMemory: Sendable {
    private var last: (condition: AnnounceCondition, aim: RouteAim)?

    mutating func aim(
        of condition: AnnounceCondition, _ decide: (AnnounceCondition) -> RouteAim
    ) -> RouteAim {
        if let last, last.condition == condition { return last.aim }
        let aim = decide(condition)
        last = (condition, aim)
        return aim
    }
}
