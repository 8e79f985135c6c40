// SPDX-License-Identifier: Apache-2.0

/// Is an address object of scripts: octets in network order and a port.
public struct LuaAddress: Hashable, Sendable {
    /// 4 or 16.
    public let octets: [UInt8]
    public let port: UInt16

    /// `nil` for another number of octets.
    public init?(octets: [UInt8], port: UInt16 = 0) {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        self.octets = octets
        self.port = port
    }
}

/// Is a netmask object of scripts.
public struct LuaNetmask: Hashable, Sendable {
    /// As it was written: bits beyond the mask may be set.
    public let network: LuaAddress
    /// Bits, at most the network's.
    public let length: UInt8

    /// `nil` when the network has fewer bits.
    public init?(network: LuaAddress, length: UInt8) {
        guard Int(length) <= network.octets.count * 8 else { return nil }
        self.network = network
        self.length = length
    }
}
