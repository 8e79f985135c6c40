// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A query that a plane thread received lately.
public struct SeenQuery: Sendable {
    /// The monotonic clock.
    public var microseconds: UInt64
    /// An IPv4-mapped address is the IPv4 address that it is.
    public var client: IPAddress
    public var port: UInt16
    public var queryType: UInt16
    /// Octets.
    public var size: UInt16
}

/// An answer that a plane thread sent lately, or the end of the wait for one.
public struct SeenAnswer {
    /// The monotonic clock.
    public var microseconds: UInt64
    public var client: IPAddress
    public var port: UInt16
    /// `nil` when no answer came.
    public var responseCode: UInt16?
    /// Octets; 0 when no answer came.
    public var size: UInt16
    /// That the server took; 0 for answers that no server gave.
    public var latencyMicroseconds: UInt32
    /// Given by a cache, or by ourselves.
    public var isHit: Bool
    /// The question's name in wire form, or its last labels when it is longer than
    /// ``TrafficRing/nameBytesMax``. Valid for the call that gave it.
    public var name: UnsafeRawBufferPointer
}
