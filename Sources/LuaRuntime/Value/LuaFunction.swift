// SPDX-License-Identifier: Apache-2.0

/// Refers to a function inside one VM, which keeps it until `LuaVM.release`.
///
/// Every crossing makes a reference of its own: a host function releases those it does not keep.
public struct LuaFunction: Hashable, Sendable {
    public let reference: Int32

    public init(reference: Int32) { self.reference = reference }
}
