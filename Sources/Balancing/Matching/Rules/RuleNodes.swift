// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Glibc

/// The compiled selectors of a chain of rules; owned by its program.
struct RuleNodes {
    private let nodes: UnsafeMutableBufferPointer<RuleNode>

    /// Allocates; the owner calls ``deallocate()``, which frees what the nodes lead to as well.
    init(_ compiled: [RuleNode]) {
        nodes = .allocate(capacity: compiled.count)
        _ = nodes.initialize(from: compiled)
    }

    func deallocate() {
        for node in nodes { node.deallocate() }
        nodes.deallocate()
    }

    /// Whether a selector selects the message.
    ///
    /// - Parameter fault: set to a ``PolicyResult`` when a script of it failed; the answer is false
    ///   then, whatever `not` made of it.
    func matches(
        _ index: Int32, _ query: UnsafeMutablePointer<PolicyQuery>, _ fault: inout Int32
    ) -> Bool {
        switch nodes[Int(index)] {
        case .all: true
        case .queryType(let wanted): query.pointee.queryType == wanted
        case .queryClass(let wanted): query.pointee.queryClass == wanted
        case .name(let names): names.contains(UnsafeRawBufferPointer(query.pointee.name))
        case .suffix(let names):
            names.containsSuffix(of: UnsafeRawBufferPointer(query.pointee.name))
        case .overTCP(let wanted): query.pointee.overTCP == wanted
        case .source(let prefixes): Self.contains(prefixes, query.pointee.remoteAddress)
        case .destination(let prefixes): Self.contains(prefixes, query.pointee.localAddress)
        case .not(let inner): !matches(inner, query, &fault) && fault == 0
        case .and(let first, let count): matchesAll(first, count, query, &fault)
        case .or(let first, let count): matchesAny(first, count, query, &fault)
        case .script(let slot): Self.call(slot, query, &fault)
        case let node: Self.matches(node, query.pointee)
        }
    }

    private func matchesAll(
        _ first: Int32, _ count: Int32, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ fault: inout Int32
    ) -> Bool {
        // Not by `for`: without optimization it takes memory for each step of a range of Int32.
        var part = first
        while part < first &+ count {
            guard matches(part, query, &fault) else { return false }
            part &+= 1
        }
        return true
    }

    private func matchesAny(
        _ first: Int32, _ count: Int32, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ fault: inout Int32
    ) -> Bool {
        var part = first
        while part < first &+ count {
            if matches(part, query, &fault) { return true }
            if fault != 0 { return false }
            part &+= 1
        }
        return false
    }

    /// The less frequent ones.
    private static func matches(_ node: RuleNode, _ query: borrowing PolicyQuery) -> Bool {
        switch node {
        case .labelCountOutside(let min, let max):
            isOutside(labelCount(of: query.name), min, max)
        case .nameLengthOutside(let min, let max): isOutside(Int(query.nameLength), min, max)
        case .expression(let expression):
            expression.matches(UnsafeRawBufferPointer(query.name), thread: Int(query.thread))
        case .destinationPort(let wanted): port(query.localAddress) == wanted
        case .tag(let name, let value, let hasValue):
            hasTag(query, name.bytes, hasValue ? value.bytes : nil)
        case .probability(let share): query.generator.pointee.next() >> 32 < share
        case .poolAvailable(let pool): query.view.pointee.hasLiveServer(pool: Int(pool))
        case .poolOutstandingAbove(let pool, let limit):
            query.view.pointee.outstanding(pool: Int(pool)) > limit
        case .sourceRateAbove(let table):
            exceeds(table, query.remoteAddress, query.nowMicroseconds)
        case .keyValue(let lookup): lookup.matches(query)
        case .rateAbove(let bucket): !bucket.take(nowMicroseconds: query.nowMicroseconds)
        case let node: query.message.map { matches(node, $0) } ?? false
        }
    }

    private static func call(
        _ slot: Int32, _ query: UnsafeMutablePointer<PolicyQuery>, _ fault: inout Int32
    ) -> Bool {
        let result = query.pointee.view.pointee.callScript(slot, .rule, query)
        if result < 0 { fault = result }
        return result > 0
    }

    private static func contains(_ prefixes: PrefixSet, _ socketAddress: UnsafeRawPointer) -> Bool {
        IPAddress(rawSocketAddress: socketAddress).map { prefixes.contains($0) } ?? false
    }

    private static func exceeds(
        _ table: SourceRateTable, _ socketAddress: UnsafeRawPointer, _ now: UInt64
    ) -> Bool {
        guard let source = IPAddress(rawSocketAddress: socketAddress) else { return false }
        return table.exceeds(source, nowMicroseconds: now)
    }

    /// Family and port begin either form of `sockaddr`.
    private static func port(_ socketAddress: UnsafeRawPointer) -> UInt16 {
        UInt16(bigEndian: socketAddress.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }

    private static func isOutside(_ number: Int, _ min: Int32, _ max: Int32) -> Bool {
        number < Int(min) || number > Int(max)
    }

    private static func labelCount(of name: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        var offset = 0
        while offset < name.count, name[offset] != 0 {
            offset += 1 + Int(name[offset])
            count += 1
        }
        return count
    }

    private static func hasTag(
        _ query: borrowing PolicyQuery, _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer?
    ) -> Bool {
        guard let found = query.state?.pointee.tags.value(of: name) else { return false }
        guard let value else { return true }
        guard found.count == value.count else { return false }
        guard let one = found.baseAddress, let other = value.baseAddress else { return true }
        return memcmp(one, other, found.count) == 0
    }
}
