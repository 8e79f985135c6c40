// SPDX-License-Identifier: Apache-2.0

/// One capability of an OPEN (RFC 5492).
public enum Capability: Hashable, Sendable {
    /// RFC 4760 §8.
    case multiprotocol(AddressFamily)
    /// RFC 2918 §2.
    case routeRefresh
    /// RFC 6793 §3.
    case fourOctetAS(UInt32)
    /// Any other, or a known code with a length of its own invention: kept, and ignored.
    case unknown(code: UInt8, value: [UInt8])

    init(code: UInt8, value: ArraySlice<UInt8>) {
        var reader = ByteReader(value)
        switch (code, value.count) {
        case (1, 4):
            if let afi = reader.uint16(), reader.octet() != nil, let safi = reader.octet() {
                self = .multiprotocol(AddressFamily(afi: afi, safi: safi))
                return
            }
        case (2, 0):
            self = .routeRefresh
            return
        case (65, 4):
            if let number = reader.uint32() {
                self = .fourOctetAS(number)
                return
            }
        default:
            break
        }
        self = .unknown(code: code, value: Array(value))
    }

    /// Code, length, value.
    var encoded: [UInt8] {
        switch self {
        case .multiprotocol(let family):
            var bytes: [UInt8] = [1, 4]
            bytes.append(bigEndian: family.afi)
            return bytes + [0, family.safi]
        case .routeRefresh:
            return [2, 0]
        case .fourOctetAS(let number):
            var bytes: [UInt8] = [65, 4]
            bytes.append(bigEndian: number)
            return bytes
        case .unknown(let code, let value):
            return [code, UInt8(min(value.count, 255))] + value.prefix(255)
        }
    }
}

extension Capability: CustomStringConvertible {
    public var description: String {
        switch self {
        case .multiprotocol(let family): "\(family)"
        case .routeRefresh: "route refresh"
        case .fourOctetAS(let number): "4-octet AS \(number)"
        case .unknown(let code, let value): "capability \(code) (\(value.count) octets)"
        }
    }
}
