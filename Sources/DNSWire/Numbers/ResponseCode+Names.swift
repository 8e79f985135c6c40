// SPDX-License-Identifier: Apache-2.0

extension ResponseCode {
    /// IANA's registry of response codes (16 is also TSIG's BADSIG, which EDNS never carries).
    private static let registry = NumberRegistry(
        prefix: "RCODE",
        [
            ("NOERROR", 0), ("FORMERR", 1), ("SERVFAIL", 2), ("NXDOMAIN", 3), ("NOTIMP", 4),
            ("REFUSED", 5), ("YXDOMAIN", 6), ("YXRRSET", 7), ("NXRRSET", 8), ("NOTAUTH", 9),
            ("NOTZONE", 10), ("DSOTYPENI", 11), ("BADVERS", 16), ("BADKEY", 17), ("BADTIME", 18),
            ("BADMODE", 19), ("BADNAME", 20), ("BADALG", 21), ("BADTRUNC", 22), ("BADCOOKIE", 23),
        ])

    /// The registered name, else `RCODEn`, as RFC 3597 writes unknown numbers.
    public var name: String { Self.registry.name(of: rawValue) }

    /// Looks a name up without case; `RCODEn` is any number.
    public init?(name: some StringProtocol) {
        guard let number = Self.registry.number(of: name) else { return nil }
        self.init(rawValue: number)
    }

    /// Every registered name with its number, for tables such as Lua's.
    public static var allNames: [(name: String, number: UInt16)] { registry.entries }
}
