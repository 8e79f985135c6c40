// SPDX-License-Identifier: Apache-2.0

extension DNSClass {
    /// IANA's registry of classes; the first name of a number is the one printed.
    private static let registered: [(name: String, number: UInt16)] = [
        ("IN", 1), ("CH", 3), ("HS", 4), ("NONE", 254), ("ANY", 255),
    ]

    private static let numbersByName = Dictionary(
        registered.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
    private static let namesByNumber = Dictionary(
        registered.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })

    /// The registered name, else RFC 3597's `CLASSn`.
    public var name: String { Self.namesByNumber[rawValue] ?? "CLASS\(rawValue)" }

    /// Looks a name up without case; `CLASSn` (RFC 3597 §5) is any number.
    public init?(name: some StringProtocol) {
        let upper = name.uppercased()
        if let number = Self.numbersByName[upper] {
            self.init(rawValue: number)
            return
        }
        guard upper.hasPrefix("CLASS"), let number = UInt16(upper.dropFirst(5)) else { return nil }
        self.init(rawValue: number)
    }

    /// Every registered name with its number, for tables such as Lua's.
    public static var allNames: [(name: String, number: UInt16)] { registered }
}
