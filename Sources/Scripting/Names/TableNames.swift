// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import LuaRuntime

/// `DNSQType`, `DNSRCode`, `DNSAction` and their siblings: dnsdist's tables of numbers.
extension Evaluation {
    /// dnsdist's spellings where they are not the registry's.
    private static let classNames: [(name: String, number: UInt16)] = [
        ("IN", 1), ("CHAOS", 3), ("CH", 3), ("HS", 4), ("NONE", 254), ("ANY", 255),
    ]

    func defineTableNames() throws(LuaError) {
        try setTable("DNSQType", DNSType.allNames)
        try setTable(
            "DNSRCode", ResponseCode.allNames.map { ($0.name.uppercased(), $0.number) })
        try setTable("DNSClass", Self.classNames)
        try setTable("DNSOpcode", Self.opcodeNames)
        try setTable("DNSCryptExchangeVersion", [("VERSION1", 1), ("VERSION2", 2)])
        try setTable("DNSSection", Self.sectionNames)
        try setTable("EDNSOptionCode", Self.optionNames)
        try setTable(
            "DNSAction", ScriptAction.allCases.map { (Self.capitalized($0), UInt16($0.rawValue)) })
        try setTable(
            "DNSResponseAction",
            ScriptResponseAction.allCases.map { (Self.capitalized($0), UInt16($0.rawValue)) })
        // Before its 1.4, dnsdist had its numbers of types and response codes in one table.
        try setTable(
            "dnsdist",
            DNSType.allNames + ResponseCode.allNames.map { ($0.name.uppercased(), $0.number) })
    }

    /// dnsdist's spellings.
    private static let opcodeNames: [(name: String, number: UInt16)] = [
        ("Query", 0), ("IQuery", 1), ("Status", 2), ("Notify", 4), ("Update", 5),
    ]

    private static let sectionNames: [(name: String, number: UInt16)] = [
        ("Question", 0), ("Answer", 1), ("Authority", 2), ("Additional", 3),
    ]

    /// IANA's numbers of EDNS options, under dnsdist's names.
    private static let optionNames: [(name: String, number: UInt16)] = [
        ("NSID", 3), ("DAU", 5), ("DHU", 6), ("N3U", 7), ("ECS", 8), ("EXPIRE", 9),
        ("COOKIE", 10), ("TCPKEEPALIVE", 11), ("PADDING", 12), ("CHAIN", 13), ("KEYTAG", 14),
    ]

    private func setTable(
        _ name: String, _ entries: [(name: String, number: UInt16)]
    ) throws(LuaError) {
        let fields = entries.map {
            LuaTable.Field(key: .text($0.name), value: .count(Int($0.number)))
        }
        try vm.set(name, .table(LuaTable(fields: fields)))
    }

    private static func capitalized(_ action: some Any) -> String {
        let name = "\(action)"
        return name.prefix(1).uppercased() + name.dropFirst()
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
