// SPDX-License-Identifier: Apache-2.0

/// Is a Lua value outside its VM: a copy, or, for functions and objects, a reference.
public enum LuaValue: Sendable, Equatable {
    case `nil`
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(LuaString)
    case table(LuaTable)
    case function(LuaFunction)
    case object(LuaObject)
    /// A name object: wire form, its writer's case, the root's octet included.
    case name([UInt8])
    case address(LuaAddress)
    case netmask(LuaNetmask)

    /// Makes a string value.
    public static func text(_ text: String) -> LuaValue { .string(LuaString(text)) }

    /// The name of the type in Lua's own words, for messages.
    public var typeName: String {
        switch self {
        case .nil: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .table: "table"
        case .function: "function"
        case .object: "object"
        case .name: "name"
        case .address: "address"
        case .netmask: "netmask"
        }
    }

    /// Lua's truth: everything but nil and false.
    public var isTrue: Bool {
        switch self {
        case .nil, .boolean(false): false
        default: true
        }
    }

    /// The text of a string value; `nil` for other types.
    public var text: String? {
        if case .string(let string) = self { string.text } else { nil }
    }

    public var isNil: Bool { self == .nil }
}

extension LuaValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral text: String) { self = .text(text) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}
