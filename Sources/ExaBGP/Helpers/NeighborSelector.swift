// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// Which neighbours a command is for: `neighbor 192.0.2.1 local-as 65000 …`, all of it at once.
public struct NeighborSelector: Hashable, Sendable {
    /// `nil` is `*`.
    public var address: IPAddress?
    public var localAddress: IPAddress?
    public var localAS: UInt32?
    public var peerAS: UInt32?
    public var routerID: IPAddress?

    /// Whether it names this neighbour, whose identifier is `routerID`.
    ///
    /// A local address that was left to the kernel matches any.
    public func matches(_ neighbor: NeighborDeclaration, routerID own: UInt32) -> Bool {
        func fits<Value: Equatable>(_ wanted: Value?, _ value: Value?) -> Bool {
            guard let wanted, let value else { return true }
            return wanted == value
        }
        return fits(address, neighbor.key.endpoint.address)
            && fits(localAddress, neighbor.localAddress) && fits(localAS, neighbor.localAS)
            && fits(peerAS, neighbor.peerAS)
            && fits(routerID, IPAddress(v4: neighbor.routerID ?? own))
    }
}
