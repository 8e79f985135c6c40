// SPDX-License-Identifier: Apache-2.0

/// What of a client's address servers with `useClientSubnet` are told (RFC 7871), unless a rule or a
/// script says otherwise.
public struct ClientSubnetDeclaration: Hashable, Sendable {
    /// `setECSSourcePrefixV4`, `setECSSourcePrefixV6`.
    public var bitsV4: UInt8 = 24
    public var bitsV6: UInt8 = 56
    /// `setECSOverride`: a subnet that the client named gives way to its own address.
    public var overrides = false

    public init() {}
}
