// SPDX-License-Identifier: Apache-2.0

import CLua

/// Writes values in the byte form that `values.c` describes.
struct ValueEncoder {
    private(set) var bytes: [UInt8] = []

    static func list(_ values: [LuaValue]) -> [UInt8] {
        var encoder = ValueEncoder()
        encoder.append(UInt32(values.count))
        for value in values { encoder.append(value) }
        return encoder.bytes
    }

    private mutating func append<Integer: FixedWidthInteger>(_ integer: Integer) {
        withUnsafeBytes(of: integer) { bytes.append(contentsOf: $0) }
    }

    private mutating func tag(_ tag: Int) { bytes.append(UInt8(tag)) }

    private mutating func append(_ value: LuaValue) {
        switch value {
        case .nil: tag(CLUA_TAG_NIL)
        case .boolean(let truth): tag(truth ? CLUA_TAG_TRUE : CLUA_TAG_FALSE)
        case .integer(let integer):
            tag(CLUA_TAG_INTEGER)
            append(integer)
        case .number(let number):
            tag(CLUA_TAG_NUMBER)
            append(number.bitPattern)
        case .string(let string):
            tag(CLUA_TAG_STRING)
            append(UInt32(string.bytes.count))
            bytes.append(contentsOf: string.bytes)
        case .table(let table): append(table)
        case .function(let function):
            tag(CLUA_TAG_FUNCTION)
            append(function.reference)
        case .object(let object):
            tag(CLUA_TAG_OBJECT)
            append(object.kind)
            append(object.id)
            append(object.generation)
        case .name(let wire):
            tag(CLUA_TAG_NAME)
            append(UInt8(truncatingIfNeeded: wire.count))
            bytes.append(contentsOf: wire)
        case .address(let address):
            tag(CLUA_TAG_ADDRESS)
            append(address)
        case .netmask(let mask):
            tag(CLUA_TAG_NETMASK)
            append(mask.network)
            append(mask.length)
        }
    }

    private mutating func append(_ address: LuaAddress) {
        append(UInt8(address.octets.count == 4 ? 4 : 6))
        append(address.port)
        bytes.append(contentsOf: address.octets)
        bytes.append(contentsOf: repeatElement(0, count: 16 - address.octets.count))
    }

    private mutating func append(_ table: LuaTable) {
        tag(CLUA_TAG_TABLE)
        append(UInt32(table.array.count))
        append(UInt32(table.fields.count))
        for value in table.array { append(value) }
        for field in table.fields {
            append(field.key)
            append(field.value)
        }
    }
}
