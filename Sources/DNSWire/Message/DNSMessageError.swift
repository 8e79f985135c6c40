// SPDX-License-Identifier: Apache-2.0

/// Why bytes are no DNS message.
public enum DNSMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Fewer octets than a header, or than a count or length promises.
    case cutShort(offset: Int)
    /// A label type that does not exist, a pointer that does not point back, a name beyond 255.
    case badName(offset: Int)
    /// RDATA that does not fit its type.
    case badRecordData(DNSType, offset: Int)

    public var description: String {
        switch self {
        case .cutShort(let offset): "message cut short at octet \(offset)"
        case .badName(let offset): "malformed name at octet \(offset)"
        case .badRecordData(let type, let offset):
            "malformed \(type.name) record at octet \(offset)"
        }
    }
}
