// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import NIOCore

extension Endpoint {
    /// For NIO; the zone becomes the scope.
    var nioAddress: SocketAddress {
        let (storage, _) = socketAddress
        return withUnsafeBytes(of: storage) { bytes in
            address.family == .v4
                ? SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self))
                : SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self))
        }
    }

    /// `nil` for a Unix socket's address.
    init?(_ address: SocketAddress) {
        var storage = sockaddr_storage()
        switch address {
        case .v4(let four):
            withUnsafeMutableBytes(of: &storage) {
                $0.storeBytes(of: four.address, as: sockaddr_in.self)
            }
        case .v6(let six):
            withUnsafeMutableBytes(of: &storage) {
                $0.storeBytes(of: six.address, as: sockaddr_in6.self)
            }
        case .unixDomainSocket:
            return nil
        }
        self.init(socketAddress: storage)
    }
}
