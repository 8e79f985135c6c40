// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A pool as the plane reads it.
public struct PoolView {
    /// Its servers, by declared order.
    public let ordinals: UnsafeBufferPointer<Int32>
    /// The index of its policy in ``PlaneView/policies``.
    public let policy: Int
    public let cache: PacketCacheHandle?
    /// Of its servers, while its policy is `chashed`.
    let ring: HashRing?
    /// Whether one of its servers is told of clients' subnets.
    public let usesClientSubnet: Bool
    /// UTF-8.
    public let name: UnsafeRawBufferPointer
    /// Where the pool's plan is, while its policy is planned: a ``PlanView``, or `nil` until a plan
    /// has succeeded. ``SnapshotCell`` exchanges it and knows when the old one can be freed.
    let plan: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>?
}
