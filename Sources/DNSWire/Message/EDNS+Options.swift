// SPDX-License-Identifier: Apache-2.0

extension EDNS {
    /// An option: its code and value.
    public struct Option: Hashable, Sendable {
        public var code: UInt16
        public var value: [UInt8]

        public init(code: UInt16, value: [UInt8]) {
            self.code = code
            self.value = value
        }

        /// Asks which server of several answered, and says it (RFC 5001).
        public static let nsid: UInt16 = 3
        /// Says more than the response code does (RFC 8914).
        public static let extendedError: UInt16 = 15
    }

    /// The options in their order; what is cut short at the end is left out.
    public var decodedOptions: [Option] {
        var found: [Option] = []
        var rest = options[...]
        func word() -> UInt16? {
            guard rest.count >= 2 else { return nil }
            defer { rest = rest.dropFirst(2) }
            return UInt16(rest[rest.startIndex]) << 8 | UInt16(rest[rest.startIndex + 1])
        }
        while let code = word(), let length = word(), rest.count >= Int(length) {
            found.append(Option(code: code, value: Array(rest.prefix(Int(length)))))
            rest = rest.dropFirst(Int(length))
        }
        return found
    }

    /// Appends an option; a value beyond 65,535 octets is cut.
    public mutating func add(_ option: Option) {
        let value = option.value.prefix(0xffff)
        for word in [option.code, UInt16(value.count)] {
            options += [UInt8(word >> 8), UInt8(word & 0xff)]
        }
        options += value
    }
}
