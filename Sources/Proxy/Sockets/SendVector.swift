// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// The datagrams of one `sendmmsg` call, whose octets lie in a ``DatagramBatch``.
struct SendVector: ~Copyable {
    private let messages: UnsafeMutablePointer<clinux_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let controls: UnsafeMutableRawPointer
    /// The datagram's index in its batch.
    private let origins: UnsafeMutablePointer<Int16>
    private(set) var count = 0

    init(capacity: Int) {
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        controls = .allocate(
            byteCount: capacity * Int(CLINUX_CONTROL_BYTES), alignment: 64)
        origins = .allocate(capacity: capacity)
        origins.initialize(repeating: -1, count: capacity)
        for index in 0..<capacity {
            (vectors + index).initialize(to: iovec())
            (messages + index).initialize(to: clinux_message())
            messages[index].header.msg_iov = vectors + index
            messages[index].header.msg_iovlen = 1
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        controls.deallocate()
        origins.deallocate()
    }

    mutating func clear() { count = 0 }

    func origin(_ position: Int) -> Int { Int(origins[position]) }

    /// Adds a datagram.
    ///
    /// - Parameters:
    ///   - name: where to; `nil` over a connected socket.
    ///   - source: the address it leaves from; `nil` leaves that to the socket.
    mutating func append(
        _ bytes: UnsafeMutableRawPointer, length: Int, origin: Int,
        name: UnsafeMutableRawPointer?, nameLength: Int, source: UnsafeRawPointer?
    ) {
        vectors[count].iov_base = bytes
        vectors[count].iov_len = length
        let message = messages + count
        message.pointee.header.msg_name = name
        message.pointee.header.msg_namelen = socklen_t(nameLength)
        if let source {
            clinux_set_source(message, controls + count &* Int(CLINUX_CONTROL_BYTES), source)
        } else {
            message.pointee.header.msg_control = nil
            message.pointee.header.msg_controllen = 0
        }
        origins[count] = Int16(truncatingIfNeeded: origin)
        count &+= 1
    }

    /// Sends from a position on; how many left, or -errno of the first.
    func send(_ descriptor: Int32, from position: Int) -> Int {
        Int(clinux_send(descriptor, messages + position, UInt32(count - position)))
    }
}
