// SPDX-License-Identifier: Apache-2.0

/// Why a text is no domain name.
public enum DNSNameError: Error, Hashable, Sendable, CustomStringConvertible {
    case emptyLabel(String)
    case labelTooLong(String)
    case nameTooLong(String)
    case badEscape(String)

    public var description: String {
        switch self {
        case .emptyLabel(let text): "name \"\(text)\": empty label"
        case .labelTooLong(let text): "name \"\(text)\": label longer than 63 octets"
        case .nameTooLong(let text): "name \"\(text)\": longer than 255 octets"
        case .badEscape(let text): "name \"\(text)\": bad escape, want \\X or \\DDD up to \\255"
        }
    }
}
