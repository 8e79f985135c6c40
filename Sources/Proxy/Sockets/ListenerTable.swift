// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLinux
import Glibc

/// The listeners of one worker, at places that stay the same while a query of theirs is in flight.
struct ListenerTable: ~Copyable {
    /// Listeners of one configuration, and those that it removed and that are still draining.
    static let capacity = 2_048

    private let listeners: UnsafeMutablePointer<WorkerListener>
    private let locals: UnsafeMutablePointer<sockaddr_in6>
    private(set) var used = 0
    private var leavingCount = 0

    init() {
        listeners = .allocate(capacity: Self.capacity)
        locals = .allocate(capacity: Self.capacity)
        locals.initialize(repeating: sockaddr_in6(), count: Self.capacity)
    }

    deinit {
        for index in 0..<used where listeners[index].descriptor >= 0 {
            close(listeners[index].descriptor)
        }
        listeners.deallocate()
        locals.deallocate()
    }

    subscript(index: Int32) -> UnsafeMutablePointer<WorkerListener> { listeners + Int(index) }

    /// Its address: the local address of every query unless it is a wildcard.
    func local(_ index: Int32) -> UnsafeRawPointer { UnsafeRawPointer(locals + Int(index)) }

    var isAnyLeaving: Bool { leavingCount > 0 }

    /// Takes over a bound socket. Beyond the capacity it is closed: the plane's owner counts too.
    mutating func add(_ bound: BoundListener, poll: Int32) {
        guard let place = freePlace() else {
            close(bound.descriptor)
            return
        }
        let address = bound.endpoint.socketAddress
        locals[place] = withUnsafeBytes(of: address.storage) { $0.load(as: sockaddr_in6.self) }
        (listeners + place).initialize(
            to: WorkerListener(
                descriptor: bound.descriptor, token: bound.token,
                isWildcard: bound.endpoint.address.isUnspecified, isLeaving: false,
                portBigEndian: bound.endpoint.port.bigEndian, inFlight: 0,
                counters: bound.counters,
                // A socket that another worker had before has dropped some already.
                queueDrops: UInt32(
                    truncatingIfNeeded: max(0, clinux_queue_drops(bound.descriptor))),
                chain: DatagramChain()))
        clinux_poll_add(
            poll, bound.descriptor, Worker.EventKind.listener << 32 | UInt64(place))
    }

    private mutating func freePlace() -> Int? {
        if let place = (0..<used).first(where: { listeners[$0].descriptor < 0 }) { return place }
        guard used < Self.capacity else { return nil }
        used += 1
        return used - 1
    }

    func find(token: UInt64) -> Int32 {
        let place = (0..<used).first {
            listeners[$0].descriptor >= 0 && listeners[$0].token == token
        }
        return place.map { Int32($0) } ?? -1
    }

    /// Is not read any more.
    mutating func leave(_ index: Int32, poll: Int32) {
        clinux_poll_remove(poll, listeners[Int(index)].descriptor)
        listeners[Int(index)].isLeaving = true
        leavingCount += 1
    }

    /// Closes what has left and has nothing in flight.
    mutating func closeIdle(poll: Int32, mailbox: WorkerMailbox) {
        guard leavingCount > 0 else { return }
        for index in 0..<used
        where listeners[index].descriptor >= 0 && listeners[index].isLeaving
            && listeners[index].inFlight == 0
        {
            shut(index, mailbox)
            leavingCount -= 1
        }
    }

    mutating func closeAll(mailbox: WorkerMailbox) {
        for index in 0..<used where listeners[index].descriptor >= 0 { shut(index, mailbox) }
        leavingCount = 0
    }

    private func shut(_ index: Int, _ mailbox: WorkerMailbox) {
        close(listeners[index].descriptor)
        listeners[index].descriptor = -1
        mailbox.noteClosed(listener: listeners[index].token)
    }
}
