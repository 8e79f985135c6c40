// SPDX-License-Identifier: Apache-2.0

/// A pool as the plane reads it.
public struct PoolView {
    /// Its servers, by declared order.
    public let ordinals: UnsafeBufferPointer<Int32>
    /// The index of its policy in ``PlaneView/policies``.
    public let policy: Int
    public let cache: PacketCacheHandle?
    /// UTF-8.
    public let name: UnsafeRawBufferPointer
}
