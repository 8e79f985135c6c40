// SPDX-License-Identifier: Apache-2.0

/// One IANA table of names and numbers, looked up both ways.
struct NumberRegistry: Sendable {
    let entries: [(name: String, number: UInt16)]
    private let prefix: String
    private let numbersByName: [String: UInt16]
    private let namesByNumber: [UInt16: String]

    /// `prefix` writes numbers without a name (`TYPE65280`, RFC 3597 §5). Where a number has two
    /// names, the first one is printed.
    init(prefix: String, _ entries: [(name: String, number: UInt16)]) {
        self.prefix = prefix
        self.entries = entries
        numbersByName = Dictionary(entries.map { ($0.name, $0.number) }, uniquingKeysWith: { $1 })
        namesByNumber = Dictionary(
            entries.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    func name(of number: UInt16) -> String { namesByNumber[number] ?? "\(prefix)\(number)" }

    func number(of text: some StringProtocol) -> UInt16? {
        let upper = text.uppercased()
        if let number = numbersByName[upper] { return number }
        let digits = upper.dropFirst(prefix.count)
        // `UInt16.init` would take a sign.
        guard upper.hasPrefix(prefix), digits.allSatisfy(\.isNumber) else { return nil }
        return UInt16(digits)
    }
}
