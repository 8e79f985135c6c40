// SPDX-License-Identifier: Apache-2.0

/// An address prefix (`192.0.2.0/24`), host bits zero.
public struct IPPrefix: Hashable, Sendable {
    public let address: IPAddress
    /// Bits, 0 to 32 or 128.
    public let length: UInt8

    /// Zeroes the host bits of `address`; `nil` when `length` exceeds the family's width.
    public init?(masking address: IPAddress, length: Int) {
        guard (0...address.bitWidth).contains(length) else { return nil }
        self.length = UInt8(length)
        switch address.family {
        case .v4:
            let mask: UInt32 = length == 0 ? 0 : ~0 << UInt32(32 - length)
            self.address = IPAddress(v4: address.v4Bits & mask)
        case .v6:
            let high: UInt64 = length == 0 ? 0 : ~0 << UInt64(max(0, 64 - length))
            let low: UInt64 = length <= 64 ? 0 : ~0 << UInt64(128 - length)
            self.address = IPAddress(v6High: address.high & high, v6Low: address.low & low)
        }
    }

    /// The /32 or /128 of one host.
    public init(host address: IPAddress) {
        self.address = address
        length = UInt8(address.bitWidth)
    }

    /// Parses `address/length`; without a length, a host's. Host bits are masked away.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = parts.first, let address = IPAddress(head) else { return nil }
        guard parts.count == 2 else {
            self.init(host: address)
            return
        }
        guard parts[1].allSatisfy(\.isNumber), let length = Int(parts[1]) else { return nil }
        self.init(masking: address, length: length)
    }

    public var isHost: Bool { Int(length) == address.bitWidth }

    public func contains(_ other: IPAddress) -> Bool {
        guard other.family == address.family else { return false }
        return IPPrefix(masking: other, length: Int(length)) == self
    }
}

extension IPPrefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}

extension IPPrefix: Comparable {
    public static func < (left: IPPrefix, right: IPPrefix) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}
