// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What tells one BFD session of this host from another.
public struct BFDPeer: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// Of a link-local address.
    public var interface: String?
    /// Where we send from; `nil` leaves that to routing.
    public var localAddress: IPAddress?
    /// More than one hop away (RFC 5883): another port, and the TTL says less.
    public var isMultihop: Bool

    public init(
        address: IPAddress, interface: String? = nil, localAddress: IPAddress? = nil,
        isMultihop: Bool = false
    ) {
        self.address = address
        self.interface = interface
        self.localAddress = localAddress
        self.isMultihop = isMultihop
    }

    /// RFC 5881 §4, RFC 5883 §5.
    public var port: UInt16 { isMultihop ? 4784 : 3784 }

    public var description: String { "\(address)\(interface.map { "%\($0)" } ?? "")" }
}
