// SPDX-License-Identifier: Apache-2.0

import Balancing

/// Where the kit's callbacks find the running call's servers: one cell that does not move, so that
/// reading a server costs no reference counts.
///
/// It is there before the VM is evaluated, and lives as long as its ``PlaneContext``.
final class PlaneBox {
    /// Holds `nil` between calls, and while the configuration is read.
    let cell: UnsafeMutablePointer<UnsafePointer<PlaneView>?>

    init() {
        cell = .allocate(capacity: 1)
        cell.initialize(to: nil)
    }

    deinit { cell.deallocate() }
}
