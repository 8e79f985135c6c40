// SPDX-License-Identifier: Apache-2.0

import Declarations
import Synchronization

/// What plane threads read and count of one block. It stays where it is while the block is prolonged,
/// so that only new blocks need a new table.
struct BlockState: ~Copyable {
    /// The monotonic clock; control's to write.
    let untilMicroseconds: Atomic<UInt64>
    /// Of ``ScriptAction``; control's to write.
    private let rawAction: Atomic<Int32>
    /// Queries that met it.
    let count = Atomic<UInt64>(0)

    init(untilMicroseconds: UInt64, action: ScriptAction) {
        self.untilMicroseconds = Atomic(untilMicroseconds)
        rawAction = Atomic(action.rawValue)
    }

    var action: ScriptAction {
        ScriptAction(rawValue: rawAction.load(ordering: .relaxed)) ?? .drop
    }

    func setAction(_ action: ScriptAction) {
        rawAction.store(action.rawValue, ordering: .relaxed)
    }
}
