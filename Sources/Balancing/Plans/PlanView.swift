// SPDX-License-Identifier: Apache-2.0

import Declarations

/// A plan as the plane reads it: flat and immutable, memory of a ``CompiledPlan``.
struct PlanView {
    let picker: BuiltinPolicy
    let ordinals: PlaneView.Ordinals
    /// Where each server's share of the draw ends, ascending; `nil` unless the picker weighs.
    let ends: UnsafePointer<UInt64>?
    /// The last of ``ends``; 0 when every share is 0.
    let total: UInt64
    /// Whether shares are 65 536ths, so that a name's hash of 32 bits must be spread first.
    let isScaled: Bool
    /// By position; `nil` unless the picker is `chashed`. How many of each count is in ``limits``.
    let circles: UnsafePointer<HashPoints>?
    let limits: UnsafePointer<Int>?
}
