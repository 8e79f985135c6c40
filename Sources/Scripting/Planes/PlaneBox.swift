// SPDX-License-Identifier: Apache-2.0

import Balancing

/// What the kit's callbacks are given: where the running call's servers are.
///
/// It is there before the VM is evaluated, and lives as long as its ``PlaneContext``.
final class PlaneBox {
    /// `nil` between calls, and while the configuration is read.
    var view: UnsafePointer<PlaneView>?
}
