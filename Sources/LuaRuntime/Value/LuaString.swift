// SPDX-License-Identifier: Apache-2.0

/// Is a string as Lua has them: bytes, usually but not always UTF-8.
public struct LuaString: Hashable, Sendable, ExpressibleByStringLiteral {
    public var bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }
    public init(stringLiteral text: String) { bytes = Array(text.utf8) }

    /// The bytes as text, with U+FFFD for what is not UTF-8.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension LuaString: CustomStringConvertible {
    public var description: String { text }
}
