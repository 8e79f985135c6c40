// SPDX-License-Identifier: Apache-2.0
//
//   a query   | time 8 | address 16 | type 2, size 2, port 2, flags 2 |
//   an answer | time 8 | address 16 | code 2, size 2, port 2, flags 2 | latency 4, name's length 4 |
//             | name 80 |

import Addressing
import Glibc
import Synchronization

/// What one plane thread saw lately: queries and answers, each in a ring of its own.
struct TrafficRing {
    /// Octets of a name that are kept. Longer ones lose labels in front: whoever reads names looks
    /// for suffixes that many share.
    static let nameBytesMax = 80

    private enum Flags {
        static let isV6: UInt64 = 1
        static let isHit: UInt64 = 2
        static let hasNoAnswer: UInt64 = 4
    }

    private static let queryWords = 4
    private static let answerWords = 5 + nameBytesMax / 8

    private let queries: SequencedRing
    private let answers: SequencedRing

    init(capacity: Int) {
        queries = SequencedRing(capacity: capacity, words: Self.queryWords)
        answers = SequencedRing(capacity: capacity, words: Self.answerWords)
    }

    func deallocate() {
        queries.deallocate()
        answers.deallocate()
    }

    // MARK: The plane thread's

    /// - Parameter client: a `sockaddr_in` or `sockaddr_in6`.
    func note(
        queryFrom client: UnsafeRawPointer, type: UInt16, size: Int, nowMicroseconds: UInt64
    ) {
        guard let address = IPAddress(rawSocketAddress: client)?.unmapped else { return }
        queries.append { words in
            words[0].store(nowMicroseconds, ordering: .relaxed)
            words[1].store(address.high, ordering: .relaxed)
            words[2].store(address.low, ordering: .relaxed)
            words[3].store(
                Self.facts(type, size, client, address.family == .v6 ? Flags.isV6 : 0),
                ordering: .relaxed)
        }
    }

    /// - Parameters:
    ///   - name: in wire form, uncompressed.
    ///   - responseCode: `nil` when no answer came.
    func note(
        answerTo client: UnsafeRawPointer, name: UnsafeRawBufferPointer, responseCode: UInt16?,
        size: Int, latencyMicroseconds: UInt64, isHit: Bool, nowMicroseconds: UInt64
    ) {
        guard let address = IPAddress(rawSocketAddress: client)?.unmapped else { return }
        let flags =
            (address.family == .v6 ? Flags.isV6 : 0) | (isHit ? Flags.isHit : 0)
            | (responseCode == nil ? Flags.hasNoAnswer : 0)
        let kept = Self.lastLabels(of: name)
        answers.append { words in
            words[0].store(nowMicroseconds, ordering: .relaxed)
            words[1].store(address.high, ordering: .relaxed)
            words[2].store(address.low, ordering: .relaxed)
            words[3].store(
                Self.facts(responseCode ?? 0, size, client, flags), ordering: .relaxed)
            let latency = UInt64(UInt32(clamping: latencyMicroseconds))
            words[4].store(latency | UInt64(kept.count) << 32, ordering: .relaxed)
            var offset = 0
            while offset < kept.count {
                words[5 &+ offset / 8].store(Self.word(kept, at: offset), ordering: .relaxed)
                offset &+= 8
            }
        }
    }

    @inline(__always)
    private static func facts(
        _ number: UInt16, _ size: Int, _ client: UnsafeRawPointer, _ flags: UInt64
    ) -> UInt64 {
        // The port follows the family in both forms (netinet/in.h).
        let port = UInt16(bigEndian: client.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        return UInt64(number) | UInt64(UInt16(clamping: size)) << 16 | UInt64(port) << 32
            | flags << 48
    }

    /// As many whole labels from the end as there is room for.
    @inline(__always)
    private static func lastLabels(of name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var offset = 0
        while name.count &- offset > nameBytesMax { offset &+= 1 &+ Int(name[offset]) }
        return UnsafeRawBufferPointer(rebasing: name[min(offset, name.count)...])
    }

    /// Eight octets, or those that are left.
    @inline(__always)
    private static func word(_ name: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        if name.count &- offset >= 8 {
            return name.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        var word: UInt64 = 0
        withUnsafeMutableBytes(of: &word) {
            $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: name[offset...]))
        }
        return word
    }

    // MARK: Any thread's

    /// Calls `body` with each query from `start` to `end`, the newest first.
    func forEachQuery(from start: UInt64, to end: UInt64, _ body: (SeenQuery) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.queryWords) { words in
            queries.forEach(words.baseAddress!) {  // the capacity above is not zero
                // A thread's clock does not go back: whatever is older comes later.
                guard words[0] >= start else { return false }
                guard words[0] <= end else { return true }
                body(
                    SeenQuery(
                        microseconds: words[0], client: Self.address(words),
                        port: UInt16(truncatingIfNeeded: words[3] >> 32),
                        queryType: UInt16(truncatingIfNeeded: words[3]),
                        size: UInt16(truncatingIfNeeded: words[3] >> 16)))
                return true
            }
        }
    }

    /// Calls `body` with each answer from `start` to `end`, the newest first.
    func forEachAnswer(from start: UInt64, to end: UInt64, _ body: (SeenAnswer) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.answerWords) { words in
            answers.forEach(words.baseAddress!) {  // the capacity above is not zero
                guard words[0] >= start else { return false }
                guard words[0] <= end else { return true }
                let flags = words[3] >> 48
                let length = min(Int(words[4] >> 32), Self.nameBytesMax)
                let name = UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: words[5...]))
                body(
                    SeenAnswer(
                        microseconds: words[0], client: Self.address(words),
                        port: UInt16(truncatingIfNeeded: words[3] >> 32),
                        responseCode: flags & Flags.hasNoAnswer != 0
                            ? nil : UInt16(truncatingIfNeeded: words[3]),
                        size: UInt16(truncatingIfNeeded: words[3] >> 16),
                        latencyMicroseconds: UInt32(truncatingIfNeeded: words[4]),
                        isHit: flags & Flags.isHit != 0,
                        name: UnsafeRawBufferPointer(rebasing: name[..<length])))
                return true
            }
        }
    }

    private static func address(_ words: UnsafeMutableBufferPointer<UInt64>) -> IPAddress {
        (words[3] >> 48) & Flags.isV6 == 0
            ? IPAddress(v4: UInt32(truncatingIfNeeded: words[2]))
            : IPAddress(v6High: words[1], v6Low: words[2])
    }
}

extension IPAddress {
    /// The IPv4 address that an IPv4-mapped one is; any other as it is.
    var unmapped: IPAddress { isV4Mapped ? IPAddress(v4: v4Bits) : self }
}
