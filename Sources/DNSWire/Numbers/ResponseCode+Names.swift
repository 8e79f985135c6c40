// SPDX-License-Identifier: Apache-2.0

extension ResponseCode {
    /// IANA's registry of response codes (16 is also TSIG's BADSIG, which EDNS never carries).
    private static let registered: [(name: String, number: UInt16)] = [
        ("NOERROR", 0), ("FORMERR", 1), ("SERVFAIL", 2), ("NXDOMAIN", 3), ("NOTIMP", 4),
        ("REFUSED", 5), ("YXDOMAIN", 6), ("YXRRSET", 7), ("NXRRSET", 8), ("NOTAUTH", 9),
        ("NOTZONE", 10), ("DSOTYPENI", 11), ("BADVERS", 16), ("BADKEY", 17), ("BADTIME", 18),
        ("BADMODE", 19), ("BADNAME", 20), ("BADALG", 21), ("BADTRUNC", 22), ("BADCOOKIE", 23),
    ]

    private static let numbersByName = Dictionary(
        registered.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
    private static let namesByNumber = Dictionary(
        registered.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })

    /// The registered name, else RFC 3597's `RCODEn`.
    public var name: String { Self.namesByNumber[rawValue] ?? "RCODE\(rawValue)" }

    /// Looks a name up without case; `RCODEn` (RFC 3597 §5) is any number.
    public init?(name: some StringProtocol) {
        let upper = name.uppercased()
        if let number = Self.numbersByName[upper] {
            self.init(rawValue: number)
            return
        }
        guard upper.hasPrefix("RCODE"), let number = UInt16(upper.dropFirst(5)) else { return nil }
        self.init(rawValue: number)
    }

    /// Every registered name with its number, for tables such as Lua's.
    public static var allNames: [(name: String, number: UInt16)] { registered }
}
