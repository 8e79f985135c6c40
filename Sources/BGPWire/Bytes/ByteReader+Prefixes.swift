// SPDX-License-Identifier: Apache-2.0

import Addressing

extension ByteReader {
    /// Reads prefixes (a length in bits, then as few octets as hold it, RFC 4271 §4.3) to the end.
    ///
    /// `nil` when one is longer than its family allows or than what is left.
    mutating func prefixes(_ family: IPAddress.Family) -> [IPPrefix]? {
        let width = family == .v4 ? 4 : 16
        var found: [IPPrefix] = []
        while let length = octet() {
            guard Int(length) <= width * 8, let octets = bytes((Int(length) + 7) / 8) else {
                return nil
            }
            let padded = Array(octets) + [UInt8](repeating: 0, count: width - octets.count)
            guard let address = IPAddress(bytes: padded),
                let prefix = IPPrefix(masking: address, length: Int(length))
            else { return nil }
            found.append(prefix)
        }
        return found
    }
}

extension IPPrefix {
    /// Octets on the wire, the one for the length included.
    var encodedBytes: Int { 1 + (Int(length) + 7) / 8 }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(length)
        for index in 0..<(Int(length) + 7) / 8 { bytes.append(address.octet(index)) }
    }
}
