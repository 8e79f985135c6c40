// SPDX-License-Identifier: Apache-2.0

public import DNSWire

/// What a query's header said before we changed it: put back into the answer.
public struct RequestIdentity: Equatable, Sendable {
    public var id: UInt16
    public var flags: DNSFlags

    @inlinable
    public init(id: UInt16, flags: DNSFlags) {
        self.id = id
        self.flags = flags
    }

    /// Reads a message that has a whole header.
    @inlinable
    public init(_ message: DNSMessageView) {
        self.init(id: message.id, flags: message.flags)
    }
}
