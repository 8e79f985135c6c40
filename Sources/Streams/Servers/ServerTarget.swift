// SPDX-License-Identifier: Apache-2.0

import Balancing
import Glibc
import NIOCore

/// What connecting to a server needs: copied from the snapshot, since connections outlive it.
struct ServerTarget {
    let id: ServerID
    let address: SocketAddress
    let source: SocketAddress?
    let sourceInterfaceIndex: UInt32
    let retries: Int
    let connectTimeoutMilliseconds: Int
    let sendTimeoutMilliseconds: Int
    let receiveTimeoutMilliseconds: Int
    let usesFastOpen: Bool

    /// `nil` for an address that is neither IPv4 nor IPv6, which no declaration holds.
    init?(_ view: borrowing ServerView) {
        guard let address = SocketAddress(storage: view.address) else { return nil }
        id = view.id
        self.address = address
        source = view.sourceLength == 0 ? nil : SocketAddress(storage: view.source)
        sourceInterfaceIndex = view.sourceInterfaceIndex
        retries = view.tcpRetries
        connectTimeoutMilliseconds = view.tcpConnectTimeoutMilliseconds
        sendTimeoutMilliseconds = view.tcpSendTimeoutMilliseconds
        receiveTimeoutMilliseconds = view.tcpReceiveTimeoutMilliseconds
        usesFastOpen = view.usesTCPFastOpen
    }
}

extension SocketAddress {
    init?(storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            self.init(withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) })
        case AF_INET6:
            self.init(withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) })
        default:
            return nil
        }
    }
}
