// SPDX-License-Identifier: Apache-2.0

extension Opcode {
    /// IANA's registry of opcodes.
    private static let registered: [(name: String, number: UInt16)] = [
        ("QUERY", 0), ("IQUERY", 1), ("STATUS", 2), ("NOTIFY", 4), ("UPDATE", 5), ("DSO", 6),
    ]

    private static let numbersByName = Dictionary(
        registered.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
    private static let namesByNumber = Dictionary(
        registered.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })

    /// The registered name, else RFC 3597's `OPCODEn`.
    public var name: String { Self.namesByNumber[UInt16(rawValue)] ?? "OPCODE\(rawValue)" }

    /// Looks a name up without case; `OPCODEn` (RFC 3597 §5) is any number.
    public init?(name: some StringProtocol) {
        let upper = name.uppercased()
        if let number = Self.numbersByName[upper] {
            self.init(rawValue: UInt8(number))
            return
        }
        guard upper.hasPrefix("OPCODE"), let number = UInt8(upper.dropFirst(6)) else { return nil }
        self.init(rawValue: number)
    }

    /// Every registered name with its number, for tables such as Lua's.
    public static var allNames: [(name: String, number: UInt16)] { registered }
}
