// SPDX-License-Identifier: Apache-2.0

import Addressing

/// What a parameter of an SVCB or HTTPS record says, for programs rather than for zone files.
extension ServiceBinding.Parameter {
    /// A value read as its key says (RFC 9460 §7), else its octets.
    public enum Value: Hashable, Sendable {
        /// The key stands alone.
        case present
        case number(UInt16)
        /// Names of keys, protocols or addresses.
        case list([String])
        case octets([UInt8])
    }

    /// `alpn`, `port`, `key123`.
    public var name: String { ServiceBinding.keyName(key) }

    public var content: Value {
        guard !value.isEmpty else { return .present }
        let known: Value? =
            switch key {
            case 0: words.map { .list($0.map(ServiceBinding.keyName)) }
            case 1: protocolNames.map { .list($0.map { String(decoding: $0, as: UTF8.self) }) }
            case 3: words.flatMap { $0.count == 1 ? .number($0[0]) : nil }
            case 4: addresses(octets: 4).map { .list($0) }
            case 6: addresses(octets: 16).map { .list($0) }
            default: nil
            }
        return known ?? .octets(value)
    }

    var words: [UInt16]? {
        guard value.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: value.count, by: 2).map {
            UInt16(value[$0]) << 8 | UInt16(value[$0 + 1])
        }
    }

    var protocolNames: [ArraySlice<UInt8>]? {
        var names: [ArraySlice<UInt8>] = []
        var rest = value[...]
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            names.append(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
        }
        return names
    }

    func addresses(octets: Int) -> [String]? {
        guard value.count.isMultiple(of: octets) else { return nil }
        return stride(from: 0, to: value.count, by: octets)
            .compactMap { IPAddress(bytes: value[$0..<$0 + octets]).map { "\($0)" } }
    }
}
