// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire

/// What the kit's callbacks find at their context's address.
struct PlaneCell {
    /// `nil` between calls, and while the configuration is read.
    var view: UnsafePointer<PlaneView>?
    /// Where a script's editTTLs is in the message.
    var cursor: RecordCursor?
    /// Where its log lines go; `nil` in a rehearsal, whose lines nobody wants.
    var log: ScriptLogRing?
}

/// Where the kit's callbacks find the running call's servers: one cell that does not move, so that
/// reading a server costs no reference counts.
///
/// It is there before the VM is evaluated, and lives as long as its ``PlaneContext``.
final class PlaneBox {
    private let storage: UnsafeMutablePointer<PlaneCell>

    init(log: ScriptLogRing? = nil) {
        storage = .allocate(capacity: 1)
        storage.initialize(to: PlaneCell(log: log))
    }

    deinit { storage.deallocate() }

    /// The cell's view, at the cell's own address.
    var cell: UnsafeMutablePointer<UnsafePointer<PlaneView>?> {
        UnsafeMutableRawPointer(storage)
            .assumingMemoryBound(to: UnsafePointer<PlaneView>?.self)
    }
}
