// SPDX-License-Identifier: Apache-2.0
//
// What makes two queries the same to a cache, as with dnsdist: all of the message but its identifier,
// the name without case, and the transport. EDNS options that the cache's declaration skips (cookies)
// are left out. A client's subnet always counts, unless it is among the skipped ones and the cache does
// not parse it: dnsdist hashes it too, and one client must not get what was meant for another's subnet.
//
// Queries with anything else behind the question (a signature, trailing octets) are not cached: no two
// are the same.

public import DNSWire

/// A query as a cache knows it, beside its question: it waits with the query for the server's answer.
///
/// The tail is what counts besides the question:
/// ```
/// | flags 2 | counts 8 | transport and what we added 1 | OPT without its length 9 | option, option, … |
/// ```
public struct CacheTicket {
    /// Octets of the longest tail: an OPT with 72 octets of options. A query with more is not cached.
    public static let tailBytesMax = 92

    /// Of the cache that was asked (``PacketCacheHandle/id``).
    public private(set) var cache: UInt32 = 0
    /// Never the whole truth: entries are compared in full.
    public private(set) var hash: UInt64 = 0
    public private(set) var tailBytes: UInt8 = 0
    private var tail = InlineArray<92, UInt8>(repeating: 0)

    /// A ticket of no query yet.
    public init() {}

    /// Makes it the ticket of a query; false for one that is not cached.
    ///
    /// - Parameters:
    ///   - query: as it would go to a server, its question included.
    ///   - added: what of it the client did not send.
    ///   - cache: the one that is asked with it, and that it is for.
    public mutating func read(
        _ query: DNSMessageView, _ question: QuestionView, overTCP: Bool,
        added: QueryState.Flags = [], for cache: PacketCacheHandle
    ) -> Bool {
        guard query.opcode == .query, query.questionCount == 1, query.answerCount == 0,
            query.authorityCount == 0, query.additionalCount <= 1,
            !Self.isTransfer(question.type)
        else { return false }
        self.cache = cache.id
        tailBytes = 0
        append(query.bytes, 2..<DNSMessageView.headerBytes)
        // What we added leaves the answer that is kept: a client that sent the same wants it there.
        tail[Int(tailBytes)] =
            (overTCP ? 1 : 0) | (added.contains(.addedClientSubnet) ? 2 : 0)
            | (added.contains(.addedOPT) ? 4 : 0)
        tailBytes += 1
        let end = question.endOffset
        if query.additionalCount == 0 {
            guard query.bytes.count == end else { return false }
        } else {
            guard let edns = query.edns, edns.offset == end,
                edns.optionsRange.upperBound == query.bytes.count,
                appendOptions(edns, query.bytes, cache)
            else { return false }
        }
        hash = withTail { cache.hash(question: Self.octets(of: question), tail: $0) }
        return true
    }

    /// The tail's octets.
    @inline(__always)
    func withTail<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: tail) {
            body(UnsafeRawBufferPointer(rebasing: $0[..<Int(tailBytes)]))
        }
    }

    /// Name, type and class as they lie in a message.
    static func octets(of question: QuestionView) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: question.message[DNSMessageView.headerBytes..<question.endOffset])
    }

    /// Appends the OPT's fixed part and the options that count; false when something is broken or
    /// too long.
    private mutating func appendOptions(
        _ edns: EDNSView, _ bytes: UnsafeRawBufferPointer, _ cache: PacketCacheHandle
    ) -> Bool {
        let range = edns.optionsRange
        // Without the two octets of its length.
        append(bytes, edns.offset..<range.lowerBound - 2)
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard offset + 4 <= range.upperBound else { return false }
            let code = UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            let next = offset + 4 + length
            guard next <= range.upperBound else { return false }
            if !cache.skips(option: code) {
                guard Int(tailBytes) + 4 + length <= Self.tailBytesMax else { return false }
                append(bytes, offset..<next)
            }
            offset = next
        }
        return true
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        let start = Int(tailBytes)
        withUnsafeMutableBytes(of: &tail) {
            UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + range.count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        tailBytes += UInt8(range.count)
    }

    /// AXFR and IXFR have many answers.
    private static func isTransfer(_ type: DNSType) -> Bool {
        type.rawValue == 251 || type.rawValue == 252
    }
}
