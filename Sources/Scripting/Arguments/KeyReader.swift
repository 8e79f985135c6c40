// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime

/// The keys of one table argument: typed reads, and a complaint about every key nobody knows.
struct KeyReader {
    /// The function's name as the operator wrote it.
    let call: String
    let table: LuaTable
    /// Whether it is one of dnsdist's calls, which cut fractions off; ours refuse them.
    private let isDnsdists: Bool

    /// Refuses keys that are not in `known`, naming the nearest.
    init(call: String, table: LuaTable, known: [String]) throws(ArgumentError) {
        self.call = call
        self.table = table
        isDnsdists = false
        if let stranger = strangers(known).first { throw ArgumentError(stranger) }
    }

    /// Leaves strangers to the caller (dnsdist's calls only warn of them).
    init(call: String, table: LuaTable) {
        self.call = call
        self.table = table
        isDnsdists = true
    }

    /// A line for each key that is not in `known`.
    func strangers(_ known: [String]) -> [String] {
        var lines = table.fields.compactMap { field -> String? in
            guard case .string(let key) = field.key else {
                return "\(call): \(field.key.words) is no key of it"
            }
            guard !known.contains(key.text) else { return nil }
            return "\(call): unknown key '\(key.text)'"
                + NearestName.suggestion(for: key.text, among: known)
        }
        if let first = table.array.first {
            lines.append("\(call): \(first.words) has no key (write key = value)")
        }
        return lines
    }

    subscript(_ key: String) -> LuaValue { table[key] }

    func has(_ key: String) -> Bool { !table[key].isNil }

    func wrong(_ key: String, _ wanted: String) -> ArgumentError {
        ArgumentError("\(call): \(key) must be \(wanted), not \(table[key].words)")
    }

    func missing(_ key: String) -> ArgumentError {
        ArgumentError("\(call): \(key) is missing")
    }

    /// Text; a number is taken as its digits.
    func text(_ key: String) throws(ArgumentError) -> String? {
        guard has(key) else { return nil }
        guard let text = table[key].asText else { throw wrong(key, "text") }
        return text
    }

    func requiredText(_ key: String) throws(ArgumentError) -> String {
        guard let text = try text(key), !text.isEmpty else { throw missing(key) }
        return text
    }

    func boolean(_ key: String) throws(ArgumentError) -> Bool? {
        switch table[key] {
        case .nil: nil
        case .boolean(let flag): flag
        default: throw wrong(key, "true or false")
        }
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ArgumentError) -> Int? {
        guard has(key) else { return nil }
        let value = table[key]
        guard let number = isDnsdists ? value.asIntegerOfDnsdist : value.asInteger else {
            throw wrong(key, "a whole number")
        }
        guard range.contains(number) else {
            throw wrong(key, "from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Seconds, as a number or as text with a unit.
    func seconds(_ key: String, atLeast least: Double = 0) throws(ArgumentError) -> Double? {
        let value = table[key]
        guard !value.isNil else { return nil }
        let seconds: Double? =
            if case .string(let text) = value {
                TimeText.seconds(text.text)
            } else {
                value.asNumber
            }
        guard let seconds else {
            throw wrong(key, "seconds, as a number or as text like \"500ms\"")
        }
        guard seconds >= least, seconds <= TimeText.secondsMax else {
            throw wrong(
                key,
                "from \(TimeText.number(least)) to \(TimeText.number(TimeText.secondsMax)) seconds")
        }
        return seconds
    }

    /// Like ``seconds(_:atLeast:)``, rounded to milliseconds; something positive is at least 1.
    func milliseconds(_ key: String, atLeast least: Double = 0) throws(ArgumentError) -> Int? {
        guard let seconds = try seconds(key, atLeast: least) else { return nil }
        return seconds > 0 ? max(1, Int((seconds * 1_000).rounded())) : 0
    }

    func function(_ key: String) throws(ArgumentError) -> LuaFunction? {
        guard has(key) else { return nil }
        guard let function = table[key].asFunction else { throw wrong(key, "a function") }
        return function
    }

    /// One of some words.
    func word(_ key: String, of words: [String]) throws(ArgumentError) -> String? {
        guard let text = try text(key) else { return nil }
        guard words.contains(text) else {
            let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
            throw ArgumentError(
                "\(call): \(key) must be one of \(list), not '\(text)'"
                    + NearestName.suggestion(for: text, among: words))
        }
        return text
    }

    /// One text or a list of them.
    func texts(_ key: String) throws(ArgumentError) -> [String]? {
        guard has(key) else { return nil }
        if let text = table[key].asText { return [text] }
        guard case .table(let list) = table[key], list.fields.isEmpty else {
            throw wrong(key, "text or a list of texts")
        }
        var texts: [String] = []
        for value in list.array {
            guard let text = value.asText else {
                throw ArgumentError("\(call): \(key) must hold texts only, not \(value.words)")
            }
            texts.append(text)
        }
        return texts
    }

    func endpoint(_ key: String, defaultPort: UInt16) throws(ArgumentError) -> Endpoint? {
        guard let text = try text(key) else { return nil }
        return try AddressText.endpoint(text, call: call, name: key, defaultPort: defaultPort)
    }

    func address(_ key: String) throws(ArgumentError) -> IPAddress? {
        guard let text = try text(key) else { return nil }
        return try AddressText.address(text, call: call, name: key)
    }
}
