// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Synchronization

/// What all VMs of the process share: names with numbers, texts or truths (`shared`).
///
/// Any thread. Each call takes a lock for some tens of nanoseconds.
public final class SharedValues: Sendable {
    /// A script that writes a name for each client must not fill memory.
    public static let entriesMax = 4_096
    public static let textBytesMax = 4_096

    enum Problem: Error {
        case tooMany
        case notANumber
    }

    private let values = Mutex<[String: LuaValue]>([:])

    public init() {}

    func read(_ key: String) -> LuaValue {
        values.withLock { $0[key] ?? .nil }
    }

    func write(_ key: String, _ value: LuaValue) throws(Problem) {
        let fits = values.withLock { values in
            guard !value.isNil else {
                values[key] = nil
                return true
            }
            guard values[key] != nil || values.count < Self.entriesMax else { return false }
            values[key] = value
            return true
        }
        guard fits else { throw .tooMany }
    }

    /// Writes `value` when the present one is `expected`, in one step; nil is a name that is not there.
    func exchange(
        _ key: String, _ expected: LuaValue, with value: LuaValue
    ) throws(Problem) -> Bool {
        let result: Result<Bool, Problem> = values.withLock { values in
            let present = values[key]
            guard Self.isEqual(present ?? .nil, expected) else { return .success(false) }
            guard present != nil || value.isNil || values.count < Self.entriesMax else {
                return .failure(.tooMany)
            }
            values[key] = value.isNil ? nil : value
            return .success(true)
        }
        return try result.get()
    }

    /// As Lua compares: 1 and 1.0 are the same number.
    private static func isEqual(_ one: LuaValue, _ other: LuaValue) -> Bool {
        switch (one, other) {
        case (.integer(let integer), .number(let number)),
            (.number(let number), .integer(let integer)):
            Double(integer) == number
        default: one == other
        }
    }

    /// Adds to a number, from 0 when it is not there, and returns the sum.
    func add(_ key: String, _ amount: Double) throws(Problem) -> LuaValue {
        let result: Result<LuaValue, Problem> = values.withLock { values in
            guard values[key] != nil || values.count < Self.entriesMax else {
                return .failure(.tooMany)
            }
            let before: Double
            switch values[key] ?? .nil {
            case .nil: before = 0
            case .integer(let number): before = Double(number)
            case .number(let number): before = number
            default: return .failure(.notANumber)
            }
            let sum = before + amount
            let value = Int64(exactly: sum).map { LuaValue.integer($0) } ?? .number(sum)
            values[key] = value
            return .success(value)
        }
        return try result.get()
    }
}
