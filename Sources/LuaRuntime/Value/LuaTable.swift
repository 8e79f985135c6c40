// SPDX-License-Identifier: Apache-2.0

/// Is a copy of a table: its list part `1…n`, and every other field in a fixed order.
public struct LuaTable: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        public var key: LuaValue
        public var value: LuaValue

        public init(key: LuaValue, value: LuaValue) {
            self.key = key
            self.value = value
        }
    }

    public var array: [LuaValue]
    /// Integers in order, then other numbers, then strings by their bytes, then the rest.
    public var fields: [Field]

    public init(array: [LuaValue] = [], fields: [Field] = []) {
        self.array = array
        self.fields = fields
    }

    public init(array: [LuaValue] = [], _ named: KeyValuePairs<String, LuaValue>) {
        self.array = array
        fields = named.map { Field(key: .text($0.key), value: $0.value) }
    }

    /// Reads or replaces a named field; nil removes it.
    public subscript(_ name: String) -> LuaValue {
        get {
            let key = LuaValue.text(name)
            return fields.first { $0.key == key }?.value ?? .nil
        }
        set {
            let key = LuaValue.text(name)
            fields.removeAll { $0.key == key }
            if newValue != .nil { fields.append(Field(key: key, value: newValue)) }
        }
    }

    /// The names of the fields whose keys are strings.
    public var names: [String] { fields.compactMap { $0.key.text } }

    mutating func sortFields() {
        fields.sort { LuaTable.precedes($0.key, $1.key) }
    }

    private static func precedes(_ a: LuaValue, _ b: LuaValue) -> Bool {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): x < y
        case (.number(let x), .number(let y)): x < y
        case (.string(let x), .string(let y)): x.bytes.lexicographicallyPrecedes(y.bytes)
        case (.object(let x), .object(let y)): (x.kind, x.id) < (y.kind, y.id)
        case (.name(let x), .name(let y)): x.lexicographicallyPrecedes(y)
        case (.address(let x), .address(let y)): precedes(x, y)
        case (.netmask(let x), .netmask(let y)):
            x.network == y.network ? x.length < y.length : precedes(x.network, y.network)
        default: rank(a) < rank(b)
        }
    }

    private static func precedes(_ a: LuaAddress, _ b: LuaAddress) -> Bool {
        if a.octets.count != b.octets.count { return a.octets.count < b.octets.count }
        return a.octets == b.octets
            ? a.port < b.port : a.octets.lexicographicallyPrecedes(b.octets)
    }

    private static func rank(_ value: LuaValue) -> Int {
        switch value {
        case .integer: 0
        case .number: 1
        case .string: 2
        case .boolean: 3
        case .object: 4
        case .name: 5
        case .address: 6
        case .netmask: 7
        case .nil, .table, .function: 8
        }
    }
}
