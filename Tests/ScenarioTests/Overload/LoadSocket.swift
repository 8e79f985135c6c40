// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A UDP socket of a load: from one loopback address to one port, without an object for each datagram.
struct LoadSocket: Sendable {
    let descriptor: Int32

    /// - Parameter source: the last octet of 127.0.0.x.
    init(to port: UInt16, from source: UInt8 = 1, receiveBufferBytes: Int32) {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var size = receiveBufferBytes
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, 4)
        Self.with(source, port: 0) { _ = bind(descriptor, $0, $1) }
        Self.with(1, port: port) { _ = connect(descriptor, $0, $1) }
    }

    /// `www.test A` with this identifier.
    static func write(_ id: UInt16, to bytes: UnsafeMutableRawBufferPointer) -> Int {
        let fixed: StaticString =
            "\u{1}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{3}www\u{4}test\u{0}\u{0}\u{1}\u{0}\u{1}"
        bytes.storeBytes(of: id.bigEndian, as: UInt16.self)
        (bytes.baseAddress! + 2)  // as long as a query
            .copyMemory(from: fixed.utf8Start, byteCount: fixed.utf8CodeUnitCount)
        return 2 + fixed.utf8CodeUnitCount
    }

    /// The identifier of the next answer and when the kernel took it, in microseconds of the wall
    /// clock; `nil` when there is none within the time.
    func receive(milliseconds: Int32) -> (id: UInt16, microseconds: Int64)? {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, milliseconds) > 0 else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 640, alignment: 16) { memory in
            guard let start = memory.baseAddress else { return nil }
            let control = start + 512
            var vector = iovec(iov_base: start, iov_len: 512)
            var message = msghdr()
            message.msg_iovlen = 1
            message.msg_control = control
            message.msg_controllen = 128
            let count = withUnsafeMutablePointer(to: &vector) {
                message.msg_iov = $0
                return recvmsg(descriptor, &message, CInt(MSG_DONTWAIT))
            }
            // A header of control data, length, level and kind, then the time (socket(7)).
            guard count >= 12, message.msg_controllen >= 32 else { return nil }
            let seconds = control.load(fromByteOffset: 16, as: Int64.self)
            let nanoseconds = control.load(fromByteOffset: 24, as: Int64.self)
            return (
                UInt16(bigEndian: start.load(as: UInt16.self)),
                seconds * 1_000_000 + nanoseconds / 1_000
            )
        }
    }

    static var now: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }

    private static func with(
        _ last: UInt8, port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void
    ) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (0x7f00_0000 | UInt32(last)).bigEndian
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
