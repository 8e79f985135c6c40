// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// The datagrams of one `sendmmsg` call, whose octets lie in a ``DatagramBatch``.
struct SendVector: ~Copyable {
    private let messages: UnsafeMutablePointer<clinux_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let controls: UnsafeMutableRawPointer
    /// Of each datagram, its index in its batch.
    private let origins: UnsafeMutablePointer<Int16>
    /// Of each message, its first datagram.
    private let firsts: UnsafeMutablePointer<Int16>
    /// Messages; a message has one datagram, or several of one length.
    private(set) var count = 0
    private(set) var datagramCount = 0

    init(capacity: Int) {
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        controls = .allocate(
            byteCount: capacity * Int(CLINUX_CONTROL_BYTES), alignment: 64)
        origins = .allocate(capacity: capacity)
        origins.initialize(repeating: -1, count: capacity)
        firsts = .allocate(capacity: capacity)
        firsts.initialize(repeating: -1, count: capacity)
        for index in 0..<capacity {
            (vectors + index).initialize(to: iovec())
            (messages + index).initialize(to: clinux_message())
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        controls.deallocate()
        origins.deallocate()
        firsts.deallocate()
    }

    mutating func clear() {
        count = 0
        datagramCount = 0
    }

    /// The index in its batch of a message's n-th datagram.
    func origin(_ position: Int, _ offset: Int = 0) -> Int {
        Int(origins[Int(firsts[position]) &+ offset])
    }

    /// A message's datagrams.
    func datagrams(_ position: Int) -> Int { messages[position].header.msg_iovlen }

    /// Adds a datagram.
    ///
    /// - Parameters:
    ///   - name: where to; `nil` over a connected socket.
    ///   - source: the address it leaves from; `nil` leaves that to the socket.
    mutating func append(
        _ bytes: UnsafeMutableRawPointer, length: Int, origin: Int,
        name: UnsafeMutableRawPointer?, nameLength: Int, source: UnsafeRawPointer?
    ) {
        vectors[datagramCount].iov_base = bytes
        vectors[datagramCount].iov_len = length
        let message = messages + count
        message.pointee.header.msg_iov = vectors + datagramCount
        message.pointee.header.msg_iovlen = 1
        message.pointee.header.msg_name = name
        message.pointee.header.msg_namelen = socklen_t(nameLength)
        if let source {
            clinux_set_source(message, controls + count &* Int(CLINUX_CONTROL_BYTES), source)
        } else {
            message.pointee.header.msg_control = nil
            message.pointee.header.msg_controllen = 0
        }
        origins[datagramCount] = Int16(truncatingIfNeeded: origin)
        firsts[count] = Int16(truncatingIfNeeded: datagramCount)
        datagramCount &+= 1
        count &+= 1
    }

    /// Adds a datagram of the same length to the last message, which has no source of its own: the
    /// kernel takes both through its layers as one and cuts them apart at the end (UDP_SEGMENT).
    mutating func extend(_ bytes: UnsafeMutableRawPointer, length: Int, origin: Int) {
        vectors[datagramCount].iov_base = bytes
        vectors[datagramCount].iov_len = length
        let position = count &- 1
        let message = messages + position
        message.pointee.header.msg_iovlen &+= 1
        if message.pointee.header.msg_iovlen == 2 {
            clinux_set_segment(
                message, controls + position &* Int(CLINUX_CONTROL_BYTES),
                UInt16(truncatingIfNeeded: length))
        }
        origins[datagramCount] = Int16(truncatingIfNeeded: origin)
        datagramCount &+= 1
    }

    /// Sends from a position on; how many left, or -errno of the first.
    func send(_ descriptor: Int32, from position: Int) -> Int {
        Int(clinux_send(descriptor, messages + position, UInt32(count - position)))
    }
}
