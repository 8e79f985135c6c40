// SPDX-License-Identifier: Apache-2.0
//
// A batch of datagrams: buffers, and the kernel's description of them, which is written once. Only
// what the kernel itself overwrites is set again, and only for the slots that were used.

import CLinux
import Glibc

/// Where a worker receives up to `capacity` datagrams in one call, and where they stay until they
/// are sent on.
struct DatagramBatch: ~Copyable {
    /// Datagrams for each system call: as many as the C relay that we are measured against takes.
    static let capacityDefault = 64
    static let capacityMin = 1
    static let capacityMax = 256

    /// dnsdist's response buffer, and the largest payload size that EDNS is used with.
    static let bufferBytes = 4_096
    /// An odd number of cache lines, so that the headers of all datagrams do not share one cache set.
    private static let bufferStride = 4_096 + 64
    private static let nameStride = 32
    private static let controlStride = Int(CLINUX_CONTROL_BYTES)

    let capacity: Int
    private let memory: UnsafeMutableRawPointer
    let messages: UnsafeMutablePointer<clinux_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let names: UnsafeMutableRawPointer
    private let locals: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    /// Octets to be sent of each datagram.
    let lengths: UnsafeMutablePointer<Int32>
    /// The slot that each query takes.
    let slots: UnsafeMutablePointer<Int32>
    /// Octets of each answer's ``name(_:)``.
    let nameLengths: UnsafeMutablePointer<UInt8>
    /// The next datagram that goes the same way; -1 ends the chain.
    let next: UnsafeMutablePointer<Int16>

    /// - Parameter receivesNames: whether the senders' addresses and control data are wanted.
    init(capacity: Int, bufferBytes: Int, receivesNames: Bool) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity * Self.bufferStride, alignment: 4_096)
        names = .allocate(byteCount: capacity * Self.nameStride, alignment: 64)
        locals = .allocate(byteCount: capacity * Self.nameStride, alignment: 64)
        controls = .allocate(byteCount: capacity * Self.controlStride, alignment: 64)
        memset(names, 0, capacity * Self.nameStride)
        memset(locals, 0, capacity * Self.nameStride)
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        lengths = .allocate(capacity: capacity)
        lengths.initialize(repeating: 0, count: capacity)
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: -1, count: capacity)
        nameLengths = .allocate(capacity: capacity)
        nameLengths.initialize(repeating: 0, count: capacity)
        next = .allocate(capacity: capacity)
        next.initialize(repeating: -1, count: capacity)
        for index in 0..<capacity {
            (vectors + index).initialize(
                to: iovec(
                    iov_base: memory + index * Self.bufferStride,
                    iov_len: min(
                        bufferBytes, Self.bufferBytes)))
            (messages + index).initialize(to: clinux_message())
            messages[index].header.msg_iov = vectors + index
            messages[index].header.msg_iovlen = 1
            if receivesNames {
                messages[index].header.msg_name = names + index * Self.nameStride
                messages[index].header.msg_control = controls + index * Self.controlStride
            }
        }
    }

    deinit {
        memory.deallocate()
        names.deallocate()
        locals.deallocate()
        controls.deallocate()
        messages.deallocate()
        vectors.deallocate()
        lengths.deallocate()
        slots.deallocate()
        nameLengths.deallocate()
        next.deallocate()
    }

    /// Receives from `first` on; the count, or -errno.
    func receive(_ descriptor: Int32, from first: Int, wantsControl: Bool) -> Int {
        for index in first..<capacity where messages[index].header.msg_name != nil {
            messages[index].header.msg_namelen = socklen_t(Self.nameStride)
            messages[index].header.msg_controllen = wantsControl ? Self.controlStride : 0
        }
        return Int(
            clinux_receive(descriptor, messages + first, UInt32(capacity - first)))
    }

    func buffer(_ index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: memory + index &* Self.bufferStride, count: Self.bufferBytes)
    }

    /// The client's address: received with a query, or put there for an answer.
    func name(_ index: Int) -> UnsafeMutableRawPointer { names + index &* Self.nameStride }

    /// The address that was asked.
    func local(_ index: Int) -> UnsafeMutableRawPointer { locals + index &* Self.nameStride }

    func receivedLength(_ index: Int) -> Int { Int(messages[index].length) }

    func isCut(_ index: Int) -> Bool {
        messages[index].header.msg_flags & clinux_flag_truncated() != 0
    }
}
