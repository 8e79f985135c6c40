// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Holds a yes or no that one task gives and another takes.
final class AnswerBox: Sendable {
    private let answer = Atomic<Bool>(false)

    var value: Bool { answer.load(ordering: .acquiring) }
    func set(_ value: Bool) { answer.store(value, ordering: .releasing) }
}
