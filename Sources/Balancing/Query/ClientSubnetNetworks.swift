// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The networks that a rule tells servers of in place of the client's (`SetECSAction`).
public struct ClientSubnetNetworks: Sendable {
    /// For clients over IPv4; of either family.
    public let v4: IPPrefix
    public let v6: IPPrefix
}
