// SPDX-License-Identifier: Apache-2.0

extension DNSClass {
    /// IANA's registry of classes; the first name of a number is the one printed.
    private static let registry = NumberRegistry(
        prefix: "CLASS",
        [
            ("IN", 1), ("CH", 3), ("HS", 4), ("NONE", 254), ("ANY", 255),
        ])

    /// The registered name, else `CLASSn`, as RFC 3597 writes unknown numbers.
    public var name: String { Self.registry.name(of: rawValue) }

    /// Looks a name up without case; `CLASSn` is any number.
    public init?(name: some StringProtocol) {
        guard let number = Self.registry.number(of: name) else { return nil }
        self.init(rawValue: number)
    }

    /// Every registered name with its number, for tables such as Lua's.
    public static var allNames: [(name: String, number: UInt16)] { registry.entries }
}
