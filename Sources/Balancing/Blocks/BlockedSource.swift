// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Whom a block is for: a network, or of one IPv4 address a range of ports, behind which other
/// clients of an operator's address translation are.
public struct BlockedSource: Hashable, Sendable {
    public let network: IPPrefix
    /// The first of the range; 0 when all ports are meant.
    public let port: UInt16
    /// Bits of the port that count, 0 for none.
    public let portBits: UInt8

    /// An IPv4-mapped address is blocked as the IPv4 address that it is.
    public init(_ network: IPPrefix) {
        self.init(network, port: 0, portBits: 0)
    }

    private init(_ network: IPPrefix, port: UInt16, portBits: UInt8) {
        self.network = network
        self.port = port
        self.portBits = portBits
    }

    /// What a client is blocked as under these masks.
    public init(of client: IPAddress, port: UInt16, masks: BlockMasks) {
        let address = client.unmapped
        let length = address.family == .v4 ? masks.lengthV4 : masks.lengthV6
        let isWhole = address.family == .v4 && length == 32
        let bits = isWhole ? masks.portBits : 0
        self.init(
            // The lengths are within their families' widths.
            IPPrefix(masking: address, length: length)!,
            port: Self.masked(port, UInt8(bits)), portBits: UInt8(bits))
    }

    static func masked(_ port: UInt16, _ bits: UInt8) -> UInt16 {
        bits == 0 ? 0 : port & ~(UInt16.max >> UInt16(bits))
    }
}

extension BlockedSource: CustomStringConvertible {
    /// dnsdist's form: `192.0.2.1/32`, and `192.0.2.1:16384/2` with a range of ports.
    public var description: String {
        portBits == 0 ? "\(network)" : "\(network.address):\(port)/\(portBits)"
    }
}
