// SPDX-License-Identifier: Apache-2.0

import CLua

/// Reads values in the byte form that `values.c` describes. The bytes come from our own encoder, so
/// a malformed one is a bug and traps.
struct ValueDecoder {
    private let bytes: UnsafeRawBufferPointer
    private var next = 0

    static func list(_ bytes: UnsafeRawBufferPointer) -> [LuaValue] {
        guard bytes.count >= 4 else { return [] }
        var decoder = ValueDecoder(bytes: bytes)
        let count = decoder.take(UInt32.self)
        return (0..<count).map { _ in decoder.value() }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func take<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer {
        defer { next += MemoryLayout<Integer>.size }
        return bytes.loadUnaligned(fromByteOffset: next, as: type)
    }

    private mutating func value() -> LuaValue {
        switch Int(take(UInt8.self)) {
        case CLUA_TAG_NIL: return .nil
        case CLUA_TAG_FALSE: return .boolean(false)
        case CLUA_TAG_TRUE: return .boolean(true)
        case CLUA_TAG_INTEGER: return .integer(take(Int64.self))
        case CLUA_TAG_NUMBER: return .number(Double(bitPattern: take(UInt64.self)))
        case CLUA_TAG_STRING:
            let count = Int(take(UInt32.self))
            defer { next += count }
            return .string(LuaString(bytes: Array(bytes[next..<next + count])))
        case CLUA_TAG_TABLE: return .table(table())
        case CLUA_TAG_FUNCTION: return .function(LuaFunction(reference: take(Int32.self)))
        case CLUA_TAG_OBJECT:
            let kind = take(UInt16.self)
            let id = take(UInt32.self)
            return .object(LuaObject(kind: kind, id: id, generation: take(UInt32.self)))
        case CLUA_TAG_NAME:
            let count = Int(take(UInt8.self))
            defer { next += count }
            return .name(Array(bytes[next..<next + count]))
        case CLUA_TAG_ADDRESS: return .address(address())
        case CLUA_TAG_NETMASK:
            let network = address()
            guard let mask = LuaNetmask(network: network, length: take(UInt8.self)) else {
                preconditionFailure("BUG DETECTED: a netmask longer than its address")
            }
            return .netmask(mask)
        case let tag: preconditionFailure("BUG DETECTED: tag \(tag) in values from CLua")
        }
    }

    private mutating func address() -> LuaAddress {
        let count = take(UInt8.self) == 4 ? 4 : 16
        let port = take(UInt16.self)
        defer { next += 16 }
        let octets = Array(bytes[next..<next + count])
        guard let address = LuaAddress(octets: octets, port: port) else {
            preconditionFailure("BUG DETECTED: 4 or 16 octets were taken")
        }
        return address
    }

    private mutating func table() -> LuaTable {
        let arrayCount = take(UInt32.self)
        let fieldCount = take(UInt32.self)
        var table = LuaTable()
        table.array.reserveCapacity(Int(arrayCount))
        for _ in 0..<arrayCount { table.array.append(value()) }
        for _ in 0..<fieldCount {
            let key = value()
            table.fields.append(LuaTable.Field(key: key, value: value()))
        }
        table.sortFields()
        return table
    }
}
