// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import LuaRuntime

/// How values are read and named at the boundary (STYLE rule 35).
extension LuaValue {
    /// As messages show it: `nil`, `true`, `the number 3`, `'text'`, `a table`, ….
    var words: String {
        switch self {
        case .nil: "nil"
        case .boolean(let flag): "\(flag)"
        case .integer(let number): "the number \(number)"
        case .number(let number): "the number \(TimeText.number(number))"
        case .string(let string): "'\(string.text.prefix(80))'"
        case .table: "a table"
        case .function: "a function"
        case .object(let object): ObjectKind.words(object.kind)
        case .name(let wire): "the name \(DNSName(wire: wire)?.description ?? "?")"
        case .address(let address):
            "the address \(IPAddress(bytes: address.octets)?.description ?? "?")"
        case .netmask: "a netmask"
        }
    }

    /// A number, or text that reads as one: dnsdist takes both everywhere.
    var asNumber: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .string(let string): Double(string.text.filter { $0 != " " })
        default: nil
        }
    }

    /// A whole number, or text that reads as one.
    var asInteger: Int? {
        switch self {
        case .integer(let number): Int(exactly: number)
        default: asNumber.flatMap { Int(exactly: $0) }
        }
    }

    /// As ``asInteger``, and a fraction is cut off, as dnsdist does wherever it takes a number.
    var asIntegerOfDnsdist: Int? {
        asInteger ?? asNumber.flatMap { Int(exactly: $0.rounded(.towardZero)) }
    }

    /// Text, or a number printed as Lua would.
    var asText: String? {
        switch self {
        case .string(let string): string.text
        case .integer(let number): "\(number)"
        case .number(let number): TimeText.number(number)
        default: nil
        }
    }

    var asFunction: LuaFunction? {
        guard case .function(let function) = self else { return nil }
        return function
    }

    var asTable: LuaTable? {
        guard case .table(let table) = self else { return nil }
        return table
    }

    static func count(_ number: Int) -> LuaValue { .integer(Int64(number)) }
}
