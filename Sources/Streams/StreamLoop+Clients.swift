// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import NIOCore
import Proxy

extension StreamLoop {
    /// Whether a new client may stay; counts the reason when it may not.
    func admits(_ address: IPAddress) -> Bool {
        counters.add(.connections)
        var isAllowed = false
        enter { view in isAllowed = view.pointee.acl.contains(address) }
        guard isAllowed else {
            pipeline.counters.count(.aclDrops)
            return false
        }
        guard clients.count < limits.connectionsMax, !isStopping else {
            counters.add(.refusedByTotal)
            return false
        }
        guard clientsByAddress[address, default: 0] < limits.connectionsPerClientMax else {
            counters.add(.refusedByClient)
            return false
        }
        return true
    }

    func add(_ client: ClientConnection) {
        clients[ObjectIdentifier(client)] = client
        clientsByAddress[client.address, default: 0] += 1
    }

    func remove(_ client: ClientConnection) {
        guard clients.removeValue(forKey: ObjectIdentifier(client)) != nil else { return }
        let left = clientsByAddress[client.address, default: 1] - 1
        clientsByAddress[client.address] = left > 0 ? left : nil
    }

    var clientCount: Int { clients.count }

    /// A client has taken, or left, so many octets more than at the last look.
    func noteUnread(_ change: Int) {
        unreadBytes += change
        guard change > 0, unreadBytes > limits.unreadBytesMax,
            let slowest = clients.values.max(by: { $0.unreadBytes < $1.unreadBytes })
        else { return }
        counters.add(.slowReaderCloses)
        slowest.close()
    }

    /// Answers a query, drops it or sends it on; `framed` has its length before it.
    func decide(
        _ framed: ByteBuffer, from client: ClientConnection, _ view: UnsafePointer<PlaneView>
    ) {
        // A copy of its own: the slice would keep the whole read alive, and an answer of ours,
        // which is written in its place, may be longer.
        let length = framed.readableBytes - 2
        var query = ByteBufferAllocator().buffer(
            capacity: 2
                + max(length + Pipeline.clientSubnetBytesMax, view.pointee.answerBytesMax))
        query.writeImmutableBuffer(framed)
        let now = MonotonicClock.microseconds
        let decision = query.withVeryUnsafeMutableBytes { bytes in
            pipeline.decide(
                UnsafeMutableRawBufferPointer(rebasing: bytes[2...]), length: length,
                client: client.remote, local: client.local, overTCP: true, nowMicroseconds: now,
                view: view)
        }
        switch decision {
        case .drop:
            client.finish()
        case .answer(let length):
            query.setInteger(UInt16(length), at: 0)
            query.moveWriterIndex(to: 2 + length)
            client.write(query)
        case .forward(let ordinal, let questionEnd):
            let server = view.pointee.servers + Int(ordinal)
            guard let target = ServerTarget(server.pointee) else {
                pipeline.discardState()
                return client.finish()
            }
            query.setInteger(UInt16(pipeline.queryBytes), at: 0)
            query.moveWriterIndex(to: 2 + pipeline.queryBytes)
            let exchange = Exchange(
                client: client, server: server.pointee.handle, target: target, query: query,
                identity: pipeline.identity, state: pipeline.takeState(), questionEnd: questionEnd)
            start(exchange, nowMicroseconds: now)
        }
    }

    private func start(_ exchange: Exchange, nowMicroseconds: UInt64) {
        inFlight += 1
        exchange.startMicroseconds = nowMicroseconds
        exchange.server.noteStarted()
        exchange.server.takeQueryToken(nowMicroseconds: nowMicroseconds)
        exchange.client.noteStarted(bytes: exchange.heldBytes)
        connection(for: exchange).send(exchange)
    }
}
