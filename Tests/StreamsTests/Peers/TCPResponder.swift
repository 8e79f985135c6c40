// SPDX-License-Identifier: Apache-2.0

import Addressing
import Dispatch
import Glibc
import Synchronization

/// A DNS server over TCP that does what a test says, a thread for each connection.
final class TCPResponder: Sendable {
    /// What it is told at each query.
    struct Request: Sendable {
        let socket: BlockingSocket
        /// From 1.
        let connection: Int
        /// On this connection, from 1.
        let number: Int
        let query: [UInt8]

        func answer(_ query: [UInt8]? = nil, bytes: Int = 0) {
            socket.send(Message.framed(Message.answer(query ?? self.query, bytes: bytes)))
        }
    }

    typealias Behaviour = @Sendable (Request) -> Void

    let endpoint: Endpoint
    private let listener: Int32
    private let accepted = Mutex<[BlockingSocket]>([])
    private let queryCount = Atomic<Int>(0)

    /// A small receive buffer makes it felt soon that it does not read.
    init(
        address: IPAddress = .loopbackV4, receiveBufferBytes: Int32? = nil,
        _ behaviour: @escaping Behaviour
    ) {
        let family = address.family == .v4 ? AF_INET : AF_INET6
        let listener = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        if var bytes = receiveBufferBytes {
            setsockopt(
                listener, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var (bound, length) = Endpoint(address: address, port: 0).socketAddress
        withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                listen(listener, 64)
                getsockname(listener, $0, &length)
            }
        }
        self.listener = listener
        endpoint = Endpoint(socketAddress: bound)!  // the kernel wrote it
        Self.onThread { [self] in acceptAll(behaviour) }
    }

    /// Answers every query, with `bytes` at least.
    convenience init(bytes: Int = 0) {
        self.init { $0.answer(bytes: bytes) }
    }

    var connections: Int { accepted.withLock { $0.count } }
    var queries: Int { queryCount.load(ordering: .relaxed) }

    /// Refuses from now on, and ends all connections.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        accepted.withLock { for socket in $0 { socket.end() } }
    }

    /// A serial queue gets a thread at once; a concurrent one waits a second when all cores block.
    private static func onThread(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "responder").async(execute: body)
    }

    private func acceptAll(_ behaviour: @escaping Behaviour) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let socket = BlockingSocket(descriptor: descriptor)
            let number = accepted.withLock {
                $0.append(socket)
                return $0.count
            }
            Self.onThread { [self] in serve(socket, number, behaviour) }
        }
        close(listener)
    }

    private func serve(_ socket: BlockingSocket, _ connection: Int, _ behaviour: Behaviour) {
        var number = 0
        while let query = socket.receiveMessage() {
            number += 1
            queryCount.wrappingAdd(1, ordering: .relaxed)
            behaviour(
                Request(socket: socket, connection: connection, number: number, query: query))
        }
    }
}
