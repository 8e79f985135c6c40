// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Glibc

/// A listening socket on loopback, and the octets that a test wants to say on it. Blocking, with a
/// time limit on every call.
final class ScriptedPeer {
    struct Failure: Error {
        let what: String
    }

    let port: UInt16
    private let listener: CInt
    private var connection: CInt = -1
    private var framer = MessageFramer()

    init(secondsMax: Int = 5) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure(what: "socket: \(errno)") }
        Self.limit(listener, secondsMax)
        var (storage, length) = Endpoint(address: .loopbackV4, port: 0).socketAddress
        let isBound = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 4) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound, let endpoint = Endpoint(socketAddress: storage) else {
            throw Failure(what: "bind: \(errno)")
        }
        self.listener = listener
        port = endpoint.port
    }

    deinit {
        hangUp()
        close(listener)
    }

    private static func limit(_ descriptor: CInt, _ seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    func acceptConnection(secondsMax: Int = 5) throws {
        connection = accept(listener, nil, nil)
        guard connection >= 0 else { throw Failure(what: "nobody connected: \(errno)") }
        Self.limit(connection, secondsMax)
        framer = MessageFramer()
    }

    func say(_ bytes: [UInt8]) throws {
        guard send(connection, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
        else { throw Failure(what: "send: \(errno)") }
    }

    /// The next message; `nil` when the other side has closed.
    func hear() throws -> BGPMessage? {
        while true {
            if let frame = try framer.next() {
                return try BGPMessage(
                    frame, context: UpdateContext(isFourOctetAS: true, isInternal: false))
            }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(what: "nothing was said: \(errno)") }
            guard count > 0 else { return nil }
            framer.append(buffer[..<count])
        }
    }

    /// Everything until the other side closes.
    func hearAll() throws -> [BGPMessage] {
        var heard: [BGPMessage] = []
        while let message = try hear() { heard.append(message) }
        return heard
    }

    /// Goes through OPEN and KEEPALIVE.
    func establish(_ open: OpenMessage = .peer()) throws {
        try acceptConnection()
        _ = try hear()
        try say(open.encoded + BGPMessage.keepaliveBytes)
        _ = try hear()
    }

    /// Closes; with `abruptly`, by a reset.
    func hangUp(abruptly: Bool = false) {
        guard connection >= 0 else { return }
        if abruptly {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &linger,
                socklen_t(MemoryLayout<Glibc.linger>.size))
        }
        close(connection)
        connection = -1
    }

    /// Every `say` is a segment of its own.
    func sendAtOnce() {
        var flag: CInt = 1
        setsockopt(
            connection, CInt(IPPROTO_TCP), TCP_NODELAY, &flag,
            socklen_t(MemoryLayout<CInt>.size))
    }

    /// Makes the window so small that what the speaker writes soon waits on its side.
    func stopReading() {
        setReceiveBuffer(2048)
    }

    /// Keeps the window from growing: what is not read at once waits on the speaker's side.
    func readInPieces() {
        setReceiveBuffer(64 << 10)
    }

    private func setReceiveBuffer(_ bytes: CInt) {
        var size = bytes
        setsockopt(
            connection, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }
}
