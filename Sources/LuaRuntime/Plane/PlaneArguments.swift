// SPDX-License-Identifier: Apache-2.0

import CLua

/// Reads what a policy passed to a method of the query. Valid inside the callback only.
public struct PlaneArguments {
    private let fields: UnsafeBufferPointer<clua_field>

    public init(_ arguments: UnsafeRawPointer?, count: Int32) {
        fields = UnsafeBufferPointer(
            start: arguments?.assumingMemoryBound(to: clua_field.self),
            count: arguments == nil ? 0 : Int(count))
    }

    public var count: Int { fields.count }

    public func integer(_ index: Int) -> Int64? { field(index, CLUA_FIELD_INTEGER)?.integer }

    public func boolean(_ index: Int) -> Bool? {
        field(index, CLUA_FIELD_BOOLEAN).map { $0.integer != 0 }
    }

    /// The argument's bytes, borrowed from Lua.
    public func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8>? {
        field(index, CLUA_FIELD_BYTES).map {
            UnsafeBufferPointer(start: $0.bytes, count: $0.length)
        }
    }

    /// A name object's wire form, borrowed from Lua.
    public func name(_ index: Int) -> UnsafeBufferPointer<UInt8>? {
        field(index, CLUA_FIELD_NAME).map {
            UnsafeBufferPointer(start: $0.bytes, count: $0.length)
        }
    }

    /// The value at `index`, copied; nil for one that was not given.
    public func value(_ index: Int) -> LuaValue {
        guard fields.indices.contains(index) else { return .nil }
        let field = fields[index]
        let bytes = UnsafeRawBufferPointer(start: field.bytes, count: field.length)
        return switch Int(field.type) {
        case CLUA_FIELD_BOOLEAN: .boolean(field.integer != 0)
        case CLUA_FIELD_INTEGER: .integer(field.integer)
        case CLUA_FIELD_NUMBER: .number(field.number)
        case CLUA_FIELD_BYTES: .string(LuaString(bytes: Array(bytes)))
        case CLUA_FIELD_NAME: .name(Array(bytes))
        case CLUA_FIELD_ADDRESS:
            LuaAddress(octets: Array(bytes), port: UInt16(truncatingIfNeeded: field.integer))
                .map { .address($0) } ?? .nil
        case CLUA_FIELD_OBJECT: object(index).map { .object($0) } ?? .nil
        case CLUA_FIELD_VALUE: ValueDecoder.list(bytes).first ?? .nil
        default: .nil
        }
    }

    public func object(_ index: Int) -> LuaObject? {
        field(index, CLUA_FIELD_OBJECT).map {
            LuaObject(
                kind: UInt16(truncatingIfNeeded: $0.kind),
                id: UInt32(truncatingIfNeeded: $0.integer), generation: $0.generation)
        }
    }

    /// A part of the current query.
    public func subject(_ index: Int) -> Int32? {
        field(index, CLUA_FIELD_SUBJECT).map { Int32(truncatingIfNeeded: $0.integer) }
    }

    private func field(_ index: Int, _ type: Int) -> clua_field? {
        guard fields.indices.contains(index), Int(fields[index].type) == type else { return nil }
        return fields[index]
    }
}
