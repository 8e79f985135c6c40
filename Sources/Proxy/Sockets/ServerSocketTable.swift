// SPDX-License-Identifier: Apache-2.0
//
// Each server gets up to `socketsPerServer` connected sockets in each worker, opened when a query
// first needs one: a thousand idle servers cost nothing. One of them is picked at random for each
// batch and server, so that a batch leaves in one system call and the ports of successive batches
// cannot be foretold. A socket that rests for a while is closed, and its successor has a new port.
//
// Sockets are kept by the server's identity (its place in the slab and that place's generation),
// not by its ordinal, so a reload changes nothing here.

import Balancing
import CLinux
import Glibc

/// The sockets of one worker towards all servers.
struct ServerSocketTable: ~Copyable {
    /// What is known about a place in the slab.
    private struct Place {
        var generation: UInt32
        /// The batch that `chosen` was chosen for.
        var batch: UInt64
        var chosen: Int32
        var count: Int32
        /// Slots that wait for an answer of this generation's server.
        var waiting: Int32
        var sockets: UnsafeMutablePointer<Int32>?
    }

    /// A socket that no query used for so long is closed.
    static let restMicroseconds: UInt64 = 30_000_000
    /// Datagrams thrown away at once: more than a queue of 4 MiB holds.
    private static let staleMax = 16_384

    private let socketsPerServer: Int
    private let lifeMicroseconds: UInt64
    private let receiveBufferBytes: Int
    private var places: UnsafeMutablePointer<Place>
    private var placeCount = 0
    private var sockets: UnsafeMutablePointer<ServerSocket>
    private(set) var used = 0
    private var capacity = 64
    private var freeHead: Int32 = -1
    private(set) var openCount = 0

    init(socketsPerServer: Int, lifeMicroseconds: UInt64, receiveBufferBytes: Int) {
        self.lifeMicroseconds = lifeMicroseconds
        self.socketsPerServer = min(max(1, socketsPerServer), PlaneOptions.socketsPerServerMax)
        self.receiveBufferBytes = receiveBufferBytes
        sockets = .allocate(capacity: capacity)
        places = .allocate(capacity: 0)
    }

    deinit {
        for index in 0..<used where sockets[index].descriptor >= 0 {
            close(sockets[index].descriptor)
        }
        for index in 0..<placeCount { places[index].sockets?.deallocate() }
        places.deallocate()
        sockets.deallocate()
    }

    /// Valid until the next ``choose(_:batch:random:nowMicroseconds:)``.
    subscript(index: Int32) -> UnsafeMutablePointer<ServerSocket> { sockets + Int(index) }

    /// Slots that wait for a server's answer, on all its sockets.
    func waiting(_ id: ServerID) -> Int {
        let index = Int(id.index)
        guard index < placeCount, places[index].generation == id.generation else { return 0 }
        return Int(places[index].waiting)
    }

    /// Slots on a socket that wait became more, or fewer.
    func noteWaiting(_ index: Int32, _ change: Int32) {
        let socket = sockets + Int(index)
        socket.pointee.waiting &+= change
        let place = places + Int(socket.pointee.id.index)
        if place.pointee.generation == socket.pointee.id.generation {
            place.pointee.waiting &+= change
        }
    }

    /// Has `poll` watch a socket, on which something now waits, and returns how many datagrams lay
    /// in it: they came while nobody asked, so they answer nothing, and are gone. A forger had all
    /// the time to send them.
    func listen(_ index: Int32, poll: Int32) -> Int {
        let socket = sockets + Int(index)
        guard !socket.pointee.isPolled else { return 0 }
        var stale = 0
        var octet: UInt8 = 0
        let flags = CInt(MSG_DONTWAIT)
        // Reports of earlier refusals are in the way, a few at most.
        var failures = 0
        while stale < Self.staleMax, failures < 4 {
            if recv(socket.pointee.descriptor, &octet, 1, flags) >= 0 {
                stale += 1
            } else if errno == EAGAIN {
                break
            } else {
                failures += 1
            }
        }
        clinux_poll_add(
            poll, socket.pointee.descriptor, Worker.EventKind.server << 32 | UInt64(index))
        socket.pointee.isPolled = true
        return stale
    }

    /// The socket that this batch uses towards the server; -1 when none can be opened.
    mutating func choose(
        _ server: UnsafePointer<ServerView>, batch: UInt64, random: inout RandomPool,
        nowMicroseconds: UInt64
    ) -> Int32 {
        let id = server.pointee.id
        let index = Int(id.index)
        if index < placeCount {
            let place = places + index
            if place.pointee.batch == batch, place.pointee.generation == id.generation,
                place.pointee.chosen >= 0
            {
                return place.pointee.chosen
            }
        }
        return chooseAnew(server, index, batch, &random, nowMicroseconds)
    }

    private mutating func chooseAnew(
        _ server: UnsafePointer<ServerView>, _ index: Int, _ batch: UInt64,
        _ random: inout RandomPool, _ now: UInt64
    ) -> Int32 {
        if index >= placeCount { grow(places: index + 1) }
        let place = places + index
        let id = server.pointee.id
        if place.pointee.generation != id.generation || place.pointee.sockets == nil {
            settle(place, server)
        }
        place.pointee.batch = batch
        let position = random.next(below: Int(place.pointee.count))
        guard let list = place.pointee.sockets else { return -1 }
        if list[position] < 0 {
            list[position] = open(server, now, life: UInt64(random.next(below: 256)))
        }
        if list[position] < 0 {
            // No descriptor left, perhaps: one that is open already will do.
            let other = (0..<Int(place.pointee.count)).first { list[$0] >= 0 }
            place.pointee.chosen = other.map { list[$0] } ?? -1
        } else {
            place.pointee.chosen = list[position]
        }
        if place.pointee.chosen >= 0 {
            sockets[Int(place.pointee.chosen)].lastUsedMicroseconds = now
        }
        return place.pointee.chosen
    }

    /// Makes a place its present tenant's. The sockets of the one before are left to the next rest:
    /// they may keep expired identifiers.
    private mutating func settle(
        _ place: UnsafeMutablePointer<Place>, _ server: UnsafePointer<ServerView>
    ) {
        let count = min(
            max(socketsPerServer, server.pointee.sockets), PlaneOptions.socketsPerServerMax)
        place.pointee.sockets?.deallocate()
        let list = UnsafeMutablePointer<Int32>.allocate(capacity: count)
        list.initialize(repeating: -1, count: count)
        place.pointee.sockets = list
        place.pointee.count = Int32(count)
        place.pointee.generation = server.pointee.id.generation
        place.pointee.chosen = -1
        place.pointee.waiting = 0
    }

    /// Closes what rests and what belongs to servers that are gone, and tells `poll` to forget
    /// sockets on which nothing waits.
    mutating func rest(poll: Int32, nowMicroseconds now: UInt64) {
        for index in 0..<used {
            let socket = sockets + index
            guard socket.pointee.descriptor >= 0 else { continue }
            if now >= socket.pointee.retiresMicroseconds { retire(Int32(index)) }
            guard socket.pointee.waiting == 0 else { continue }
            if socket.pointee.isPolled {
                clinux_poll_remove(poll, socket.pointee.descriptor)
                socket.pointee.isPolled = false
            }
            let restsSince = socket.pointee.lastUsedMicroseconds
            if socket.pointee.held == 0, now > restsSince,
                now - restsSince > Self.restMicroseconds || isForsaken(Int32(index))
                    || now >= socket.pointee.retiresMicroseconds
            {
                shut(Int32(index))
            }
        }
    }

    private func isForsaken(_ index: Int32) -> Bool {
        let id = sockets[Int(index)].id
        return places[Int(id.index)].generation != id.generation
    }

    /// Takes a socket from those that batches choose from; what waits on it waits on.
    private func retire(_ index: Int32) {
        let id = sockets[Int(index)].id
        let place = places + Int(id.index)
        guard place.pointee.generation == id.generation, let list = place.pointee.sockets else {
            return
        }
        for position in 0..<Int(place.pointee.count) where list[position] == index {
            list[position] = -1
        }
        if place.pointee.chosen == index { place.pointee.chosen = -1 }
    }

    private mutating func shut(_ index: Int32) {
        retire(index)
        let socket = sockets + Int(index)
        close(socket.pointee.descriptor)
        socket.pointee.descriptor = -1
        socket.pointee.nextFree = freeHead
        freeHead = index
        openCount -= 1
    }

    /// - Parameter life: by how many 256ths its life is longer than the least.
    private mutating func open(
        _ server: UnsafePointer<ServerView>, _ now: UInt64, life: UInt64
    ) -> Int32 {
        let descriptor = Self.connect(server, receiveBufferBytes)
        guard descriptor >= 0 else { return -1 }
        let index: Int32
        if freeHead >= 0 {
            index = freeHead
            freeHead = sockets[Int(index)].nextFree
        } else {
            if used == capacity { growSockets() }
            index = Int32(used)
            used += 1
        }
        (sockets + Int(index)).initialize(
            to: ServerSocket(
                descriptor: descriptor, server: server.pointee.handle, id: server.pointee.id,
                waiting: 0, held: 0, isPolled: false, lastUsedMicroseconds: now,
                retiresMicroseconds: now &+ lifeMicroseconds &+ lifeMicroseconds / 256 &* life,
                chain: DatagramChain(), nextFree: -1))
        openCount += 1
        return index
    }

    private static func connect(
        _ server: UnsafePointer<ServerView>, _ receiveBufferBytes: Int
    ) -> Int32 {
        let family = Int32(server.pointee.address.ss_family)
        let descriptor = clinux_socket_datagram(family)
        guard descriptor >= 0 else { return -1 }
        // Smaller buffers and coarser errors are no reason to have no socket.
        _ = clinux_set_receive_buffer(descriptor, Int32(receiveBufferBytes))
        _ = clinux_set_receive_errors(descriptor, family)
        _ = clinux_set_ignore_path_mtu(descriptor, family)
        var isReady = true
        if server.pointee.sourceInterfaceIndex != 0 {
            isReady =
                clinux_bind_to_interface(descriptor, server.pointee.sourceInterfaceIndex) == 0
        }
        if isReady, server.pointee.sourceLength > 0 {
            var source = server.pointee.source
            isReady = bind(descriptor, &source, server.pointee.sourceLength)
        }
        var address = server.pointee.address
        let length = server.pointee.addressLength
        let isConnected =
            isReady
            && withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, length) == 0
                }
            }
        guard isConnected else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    private static func bind(
        _ descriptor: Int32, _ address: inout sockaddr_storage, _ length: socklen_t
    ) -> Bool {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, length) == 0
            }
        }
    }

    private mutating func grow(places wanted: Int) {
        let next = max(wanted, placeCount * 2, 64)
        let grown = UnsafeMutablePointer<Place>.allocate(capacity: next)
        grown.moveInitialize(from: places, count: placeCount)
        (grown + placeCount).initialize(
            repeating: Place(
                generation: 0, batch: 0, chosen: -1, count: 0, waiting: 0, sockets: nil),
            count: next - placeCount)
        places.deallocate()
        places = grown
        placeCount = next
    }

    private mutating func growSockets() {
        let grown = UnsafeMutablePointer<ServerSocket>.allocate(capacity: capacity * 2)
        grown.moveInitialize(from: sockets, count: used)
        sockets.deallocate()
        sockets = grown
        capacity *= 2
    }
}
