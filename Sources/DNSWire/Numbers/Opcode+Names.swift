// SPDX-License-Identifier: Apache-2.0

extension Opcode {
    /// IANA's registry of opcodes.
    private static let registry = NumberRegistry(
        prefix: "OPCODE",
        [
            ("QUERY", 0), ("IQUERY", 1), ("STATUS", 2), ("NOTIFY", 4), ("UPDATE", 5), ("DSO", 6),
        ])

    /// The registered name, else `OPCODEn`, as RFC 3597 writes unknown numbers.
    public var name: String { Self.registry.name(of: UInt16(rawValue)) }

    /// Looks a name up without case; `OPCODEn` is any number.
    public init?(name: some StringProtocol) {
        guard let number = Self.registry.number(of: name), let octet = UInt8(exactly: number) else {
            return nil
        }
        self.init(rawValue: octet)
    }

    /// Every registered name with its number, for tables such as Lua's.
    public static var allNames: [(name: String, number: UInt16)] { registry.entries }
}
