// SPDX-License-Identifier: Apache-2.0

/// What kind of request a message is (IANA, DNS OpCodes).
@frozen
public struct Opcode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var query: Opcode { Opcode(rawValue: 0) }
    @inlinable public static var inverseQuery: Opcode { Opcode(rawValue: 1) }
    @inlinable public static var status: Opcode { Opcode(rawValue: 2) }
    @inlinable public static var notify: Opcode { Opcode(rawValue: 4) }
    @inlinable public static var update: Opcode { Opcode(rawValue: 5) }
    @inlinable public static var stateful: Opcode { Opcode(rawValue: 6) }
}
