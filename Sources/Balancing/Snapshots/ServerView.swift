// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
public import Glibc

/// How the plane reaches a server: what its declaration says, ready for the kernel.
public struct ServerView {
    public let handle: ServerHandle
    /// Identifies the record; sockets towards a server belong to it, not to its ordinal.
    public let id: ServerID
    public let address: sockaddr_storage
    public let addressLength: socklen_t
    /// The address queries are sent from; meaningless while `sourceLength` is 0.
    public let source: sockaddr_storage
    public let sourceLength: socklen_t
    /// An index of this host's interfaces when the snapshot was built; 0 for none.
    public let sourceInterfaceIndex: UInt32
    /// Sockets of each worker towards it.
    public let sockets: Int
    public let udpTimeoutMilliseconds: Int
    /// It is told of clients' subnets.
    public let usesClientSubnet: Bool
    public let tcpRetries: Int
    public let tcpConnectTimeoutMilliseconds: Int
    public let tcpSendTimeoutMilliseconds: Int
    public let tcpReceiveTimeoutMilliseconds: Int
    public let usesTCPFastOpen: Bool
    /// `getNameWithAddr()`: what `orderedWrandUntag` looks for among a query's tags.
    let label: UnsafeRawBufferPointer

    init(_ declaration: ServerDeclaration, handle: ServerHandle, udpTimeoutMilliseconds: Int) {
        self.handle = handle
        id = handle.id
        (address, addressLength) = declaration.address.socketAddress
        if let bound = declaration.source {
            (source, sourceLength) = Endpoint(address: bound, port: 0).socketAddress
        } else {
            source = sockaddr_storage()
            sourceLength = 0
        }
        sourceInterfaceIndex = declaration.sourceInterface.map { if_nametoindex($0) } ?? 0
        sockets = declaration.sockets
        self.udpTimeoutMilliseconds =
            declaration.udpTimeoutMilliseconds ?? udpTimeoutMilliseconds
        usesClientSubnet = declaration.usesClientSubnet
        tcpRetries = declaration.tcpRetries
        tcpConnectTimeoutMilliseconds = declaration.tcpConnectTimeoutMilliseconds
        tcpSendTimeoutMilliseconds = declaration.tcpSendTimeoutMilliseconds
        tcpReceiveTimeoutMilliseconds = declaration.tcpReceiveTimeoutMilliseconds
        usesTCPFastOpen = declaration.usesTCPFastOpen
        let text = Array(declaration.nameWithAddress.utf8)
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
        storage.copyBytes(from: text)
        label = UnsafeRawBufferPointer(storage)
    }

    func deallocate() { label.deallocate() }
}
