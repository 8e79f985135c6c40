// SPDX-License-Identifier: Apache-2.0

public import Addressing
import Glibc

extension IPAddress {
    /// Reads a `sockaddr_in` or `sockaddr_in6` without copying or allocating; `nil` for another
    /// family.
    public init?(rawSocketAddress raw: UnsafeRawPointer) {
        switch Int32(raw.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET:
            // The address follows family and port (netinet/in.h).
            self.init(v4: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        case AF_INET6:
            // Family, port, flow information, address.
            self.init(
                v6High: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                v6Low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
        default:
            return nil
        }
    }
}
