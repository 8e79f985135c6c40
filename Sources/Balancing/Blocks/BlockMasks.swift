// SPDX-License-Identifier: Apache-2.0

/// `setMasks`: how much of an address tells clients apart.
public struct BlockMasks: Hashable, Sendable {
    public var lengthV4: Int
    public var lengthV6: Int
    /// Of the port, for whole IPv4 addresses.
    public var portBits: Int

    /// Moved into their bounds.
    public init(lengthV4: Int = 32, lengthV6: Int = 128, portBits: Int = 0) {
        self.lengthV4 = min(max(lengthV4, 0), 32)
        self.lengthV6 = min(max(lengthV6, 0), 128)
        self.portBits = min(max(portBits, 0), 16)
    }
}
