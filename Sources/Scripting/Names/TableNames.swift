// SPDX-License-Identifier: Apache-2.0

import DNSWire
import LuaRuntime

/// `DNSQType`, `DNSRCode`, `DNSClass`, `DNSOpcode`, `DNSAction`: dnsdist's tables of numbers.
extension Evaluation {
    /// In the order of dnsdist's own enumeration, from 0.
    private static let actionNames = [
        "Drop", "Nxdomain", "Refused", "Spoof", "Allow", "HeaderModify", "Pool", "Delay",
        "Truncate", "ServFail", "None", "NoOp", "NoRecurse", "SpoofRaw", "SpoofPacket", "SetTag",
    ]

    /// dnsdist's spellings where they are not the registry's.
    private static let classNames: [(name: String, number: UInt16)] = [
        ("IN", 1), ("CHAOS", 3), ("CH", 3), ("HS", 4), ("NONE", 254), ("ANY", 255),
    ]

    func defineTableNames() throws(LuaError) {
        try setTable("DNSQType", DNSType.allNames)
        try setTable(
            "DNSRCode", ResponseCode.allNames.map { ($0.name.uppercased(), $0.number) })
        try setTable("DNSClass", Self.classNames)
        try setTable("DNSOpcode", Opcode.allNames.map { (Self.capitalized($0.name), $0.number) })
        try setTable(
            "DNSAction", Self.actionNames.enumerated().map { ($0.element, UInt16($0.offset)) })
    }

    private func setTable(
        _ name: String, _ entries: [(name: String, number: UInt16)]
    ) throws(LuaError) {
        let fields = entries.map {
            LuaTable.Field(key: .text($0.name), value: .count(Int($0.number)))
        }
        try vm.set(name, .table(LuaTable(fields: fields)))
    }

    private static func capitalized(_ name: String) -> String {
        name.prefix(1).uppercased() + name.dropFirst().lowercased()
    }

    /// A type by number or by name (`DNSQType.A`, `"A"`, `"TYPE65"`).
    static func queryType(
        _ value: LuaValue, call: String, name: String
    ) throws(ArgumentError) -> UInt16 {
        if let number = value.asInteger, let type = UInt16(exactly: number) { return type }
        if case .string(let text) = value, let type = DNSType(name: text.text) {
            return type.rawValue
        }
        let suggestion = value.asText.map {
            NearestName.suggestion(for: $0, among: DNSType.allNames.map(\.name))
        }
        throw ArgumentError(
            "\(call): \(name) \(value.words) is not a type of record" + (suggestion ?? ""))
    }

    /// A class by number or by name.
    static func queryClass(
        _ value: LuaValue, call: String, name: String
    ) throws(ArgumentError) -> UInt16 {
        if let number = value.asInteger, let found = UInt16(exactly: number) { return found }
        if case .string(let text) = value {
            let upper = text.text.uppercased()
            if let known = classNames.first(where: { $0.name == upper }) { return known.number }
            if let found = DNSClass(name: upper) { return found.rawValue }
        }
        throw ArgumentError("\(call): \(name) \(value.words) is not a class")
    }
}
