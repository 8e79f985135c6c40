// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime

/// The positional arguments of one call, read with their names in every message.
struct Arguments {
    /// The function's name as the operator wrote it.
    let call: String
    let values: [LuaValue]

    var count: Int { values.count }

    subscript(_ index: Int) -> LuaValue {
        index < values.count ? values[index] : .nil
    }

    func wrong(_ index: Int, _ name: String, _ wanted: String) -> ArgumentError {
        ArgumentError("\(call): \(name) must be \(wanted), not \(self[index].words)")
    }

    func has(_ index: Int) -> Bool { !self[index].isNil }

    /// Text; a number is taken as its digits, as dnsdist does.
    func text(_ index: Int, _ name: String) throws(ArgumentError) -> String {
        guard let text = self[index].asText else { throw wrong(index, name, "text") }
        return text
    }

    func integer(
        _ index: Int, _ name: String, in range: ClosedRange<Int>
    ) throws(ArgumentError) -> Int {
        guard let number = self[index].asIntegerOfDnsdist else {
            throw wrong(index, name, "a whole number")
        }
        guard range.contains(number) else {
            throw wrong(index, name, "from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func boolean(_ index: Int, _ name: String) throws(ArgumentError) -> Bool {
        guard case .boolean(let flag) = self[index] else {
            throw wrong(index, name, "true or false")
        }
        return flag
    }

    func boolean(
        _ index: Int, _ name: String, default standard: Bool
    ) throws(ArgumentError) -> Bool {
        has(index) ? try boolean(index, name) : standard
    }

    func integer(
        _ index: Int, _ name: String, in range: ClosedRange<Int>, default standard: Int
    ) throws(ArgumentError) -> Int {
        has(index) ? try integer(index, name, in: range) : standard
    }

    func function(_ index: Int, _ name: String) throws(ArgumentError) -> LuaFunction {
        guard let function = self[index].asFunction else {
            throw wrong(
                index, name, self[index].isNil ? "a function (is it spelt right?)" : "a function")
        }
        return function
    }

    func table(_ index: Int, _ name: String) throws(ArgumentError) -> LuaTable {
        guard let table = self[index].asTable else { throw wrong(index, name, "a table") }
        return table
    }

    func endpoint(
        _ index: Int, _ name: String, defaultPort: UInt16
    ) throws(ArgumentError) -> Endpoint {
        try AddressText.endpoint(
            text(index, name), call: call, name: name, defaultPort: defaultPort)
    }

    func object(_ index: Int, _ name: String, _ kind: ObjectKind) throws(ArgumentError) -> Int {
        guard let ordinal = kind.ordinal(of: self[index]) else {
            throw wrong(index, name, kind.nameWithArticle)
        }
        return ordinal
    }
}
