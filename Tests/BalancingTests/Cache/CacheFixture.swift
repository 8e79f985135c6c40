// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

@testable import Balancing

/// A cache, and messages to ask it with.
final class CacheFixture: Sendable {
    static let start: UInt64 = 50_000_000_000

    let cache: PacketCache
    var handle: PacketCacheHandle { cache.handle }

    init(
        entriesMax: Int = 1_000, hashBits: Int = 64,
        _ change: (inout PacketCacheDeclaration) -> Void = { _ in }
    ) {
        var declaration = PacketCacheDeclaration(
            entriesMax: entriesMax, location: SourceLocation(file: "test.lua", line: 1))
        change(&declaration)
        cache = PacketCache(declaration, planeThreads: 2, hashBits: hashBits)
    }

    /// What a server's answer is given with.
    struct Record {
        var type: UInt16 = 1
        var ttl: UInt32 = 300
        var data: [UInt8] = [192, 0, 2, 1]
        /// 1 answer, 2 authority, 3 additional.
        var section = 1

        static func soa(ttl: UInt32, minimum: UInt32) -> Record {
            Record(
                type: 6, ttl: ttl,
                data: [0, 0] + [UInt8](repeating: 0, count: 16) + octets(minimum), section: 2)
        }

        /// An OPT, whose TTL field holds flags.
        static let edns = Record(type: 41, ttl: 0x8000, data: [], section: 3)

        static func octets(_ number: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        }
    }

    static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func query(
        _ name: String, type: UInt16 = 1, id: UInt16 = 1, flags: UInt16 = 0x0100,
        options: [[UInt8]]? = nil, dnssecOK: Bool = false, trailing: [UInt8] = []
    ) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xff), UInt8(flags >> 8)]
        bytes += [UInt8(flags & 0xff), 0, 1, 0, 0, 0, 0, 0, options == nil ? 0 : 1]
        bytes += wire(name) + [UInt8(type >> 8), UInt8(type & 0xff), 0, 1]
        if let options {
            let length = options.reduce(0) { $0 + $1.count }
            bytes += [0, 0, 41, 4, 208, 0, 0, dnssecOK ? 0x80 : 0, 0]
            bytes += [UInt8(length >> 8), UInt8(length & 0xff)] + options.flatMap { $0 }
        }
        return bytes + trailing
    }

    static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        [UInt8(code >> 8), UInt8(code & 0xff), 0, UInt8(value.count)] + value
    }

    static func answer(
        to query: [UInt8], code: UInt8 = 0, records: [Record] = [Record()],
        isTruncated: Bool = false, hasQuestion: Bool = true
    ) -> [UInt8] {
        var bytes = Array(query[..<2])
        bytes += [query[2] | 0x80 | (isTruncated ? 0x02 : 0), 0x80 | code, 0, hasQuestion ? 1 : 0]
        for section in 1...3 { bytes += [0, UInt8(records.count { $0.section == section })] }
        if hasQuestion {
            bytes += query.withUnsafeBytes {
                Array($0[12..<DNSMessageView($0)!.question!.endOffset])  // the tests' own
            }
        }
        for record in records.sorted(by: { $0.section < $1.section }) {
            bytes += record.type == 41 ? [0] : [0xc0, 12]
            bytes += [UInt8(record.type >> 8), UInt8(record.type & 0xff), 0, 1]
            bytes += Record.octets(record.ttl)
            bytes += [UInt8(record.data.count >> 8), UInt8(record.data.count & 0xff)] + record.data
        }
        return bytes
    }

    func ticket(_ query: [UInt8], overTCP: Bool = false) -> CacheTicket? {
        query.withUnsafeBytes { bytes in
            guard let message = DNSMessageView(bytes), let question = message.question else {
                return nil
            }
            var ticket = CacheTicket()
            guard ticket.read(message, question, overTCP: overTCP, for: handle) else { return nil }
            return ticket
        }
    }

    func keep(
        _ answer: [UInt8], for query: [UInt8], after seconds: Double = 0, overTCP: Bool = false,
        temporaryFailureTTL: UInt32? = nil
    ) {
        guard var ticket = ticket(query, overTCP: overTCP) else { return }
        withQuestion(query) { question in
            answer.withUnsafeBytes {
                handle.insert(
                    &ticket, question: question, answer: $0, now: Self.time(seconds),
                    temporaryFailureTTL: temporaryFailureTTL, thread: 0)
            }
        }
    }

    /// The answer that a query gets; `nil` for none.
    func ask(
        _ query: [UInt8], after seconds: Double = 0, overTCP: Bool = false,
        staleSeconds: UInt32 = 0, capacity: Int = 4_096
    ) -> [UInt8]? {
        guard var ticket = ticket(query, overTCP: overTCP) else { return nil }
        var buffer = query + [UInt8](repeating: 0xee, count: max(0, capacity - query.count))
        let length = buffer.withUnsafeMutableBytes { buffer in
            handle.lookUp(
                &ticket,
                question: UnsafeRawBufferPointer(rebasing: buffer[12..<questionEnd(query)]),
                in: buffer, now: Self.time(seconds), staleSeconds: staleSeconds, thread: 1)
        }
        return length > 0 ? Array(buffer[..<length]) : nil
    }

    static func ttls(_ answer: [UInt8]) -> [UInt32] {
        answer.withUnsafeBytes { bytes in
            var cursor = RecordCursor(DNSMessageView(bytes)!)!  // the tests' own answers
            var ttls: [UInt32] = []
            while let record = cursor.next() {
                ttls.append(
                    bytes.loadUnaligned(fromByteOffset: record.ttlOffset, as: UInt32.self)
                        .bigEndian)
            }
            return ttls
        }
    }

    private static func time(_ seconds: Double) -> UInt64 { start + UInt64(seconds * 1_000_000) }

    private func questionEnd(_ query: [UInt8]) -> Int {
        query.withUnsafeBytes { DNSMessageView($0)!.question!.endOffset }  // the tests' own
    }

    private func withQuestion(_ query: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void) {
        let end = questionEnd(query)
        query.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[12..<end])) }
    }
}
