// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// IPv6 addresses of this host that are soon to go: temporary ones (RFC 8981), deprecated ones, and
/// those that another host has too.
enum PassingAddresses {
    /// `IFA_F_TEMPORARY`, `IFA_F_DADFAILED`, `IFA_F_DEPRECATED` of `linux/if_addr.h`.
    private static let flags: UInt32 = 0x01 | 0x08 | 0x20

    /// Empty where `/proc` is not there to be asked.
    static func current() -> Set<IPAddress> {
        guard let file = fopen("/proc/self/net/if_inet6", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let octet = getc(file), octet != EOF { bytes.append(UInt8(octet)) }
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    /// A line has address, index, prefix length, scope, flags and name; all but the name in
    /// hexadecimal digits.
    static func parse(_ text: String) -> Set<IPAddress> {
        var found: Set<IPAddress> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[0].utf8.count == 32,
                let high = UInt64(words[0].prefix(16), radix: 16),
                let low = UInt64(words[0].suffix(16), radix: 16),
                let set = UInt32(words[4], radix: 16), set & flags != 0
            else { continue }
            found.insert(IPAddress(v6High: high, v6Low: low))
        }
        return found
    }
}
