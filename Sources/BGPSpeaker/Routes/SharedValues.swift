// SPDX-License-Identifier: Apache-2.0

/// Values that many routes share: each is kept once, named by a number, and forgotten with its last
/// reference.
struct SharedValues<Value: Hashable & Sendable>: Sendable {
    typealias Number = UInt32

    /// Names no value.
    static var none: Number { .max }

    private var values: [Value?] = []
    private var references: [UInt32] = []
    private var numbers: [Value: Number] = [:]
    private var free: [Number] = []
    /// Routes come in runs of equal attributes: hashing them is spared then.
    private var last = Self.none

    /// Distinct values.
    var count: Int { numbers.count }

    subscript(_ number: Number) -> Value {
        // Whoever holds a number holds a reference.
        values[Int(number)]!
    }

    /// The number of `value`, with a reference that is the caller's.
    mutating func acquire(_ value: Value) -> Number {
        if last != Self.none, values[Int(last)] == value {
            references[Int(last)] += 1
            return last
        }
        let number = numbers[value] ?? insert(value)
        references[Int(number)] += 1
        last = number
        return number
    }

    mutating func retain(_ number: Number) {
        references[Int(number)] += 1
    }

    /// Gives a reference back; whether it was the last.
    @discardableResult
    mutating func release(_ number: Number) -> Bool {
        let index = Int(number)
        references[index] -= 1
        guard references[index] == 0, let value = values[index] else { return false }
        numbers[value] = nil
        values[index] = nil
        free.append(number)
        if last == number { last = Self.none }
        return true
    }

    private mutating func insert(_ value: Value) -> Number {
        let number: Number
        if let reused = free.popLast() {
            number = reused
            values[Int(number)] = value
        } else {
            number = Number(values.count)
            values.append(value)
            references.append(0)
        }
        numbers[value] = number
        return number
    }
}
