// SPDX-License-Identifier: Apache-2.0
//
// A reader of answers that shares no code with the daemon's own: what both daemons sent is compared by
// it, so a fault of `DNSWire` cannot hide itself.

/// An answer, section by section.
struct DecodedAnswer: Equatable, Sendable {
    struct Record: Equatable, Comparable, Sendable, CustomStringConvertible {
        /// Owner, type, class and RDATA, names uncompressed.
        let identity: [UInt8]
        let ttl: UInt32
        let text: String

        var description: String { text }
        static func < (left: Self, right: Self) -> Bool {
            left.identity.lexicographicallyPrecedes(right.identity)
        }
    }

    var flags: UInt16 = 0
    var counts: [Int] = []
    /// The question's octets, their case included.
    var question: [UInt8] = []
    /// Answer, authority and additional, sorted; without the OPT.
    var sections: [[Record]] = []
    /// The OPT's class, TTL and options (code and value), each `nil` without an OPT.
    var payload: UInt16?
    var extended: UInt32?
    var options: [[UInt8]] = []
    /// Octets behind the last record.
    var trailing = 0

    /// `nil` when the octets are no whole message.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard bytes.count >= 12 else { return nil }
        flags = reader.word(at: 2)
        counts = [4, 6, 8, 10].map { Int(reader.word(at: $0)) }
        reader.offset = 12
        for _ in 0..<counts[0] {
            guard let name = reader.name(), let rest = reader.take(4) else { return nil }
            question += name + rest
        }
        for index in 1...3 {
            var records: [Record] = []
            for _ in 0..<counts[index] {
                guard let record = reader.record() else { return nil }
                if record.type == 41, payload == nil {
                    payload = record.class
                    extended = record.ttl
                    options = record.options
                } else {
                    records.append(record.shown)
                }
            }
            sections.append(records.sorted())
        }
        trailing = bytes.count - reader.offset
    }

    var responseCode: UInt16 { flags & 0xf | UInt16((extended ?? 0) >> 24) << 4 }

    /// What differs, a line each; nothing when the two say the same to a client.
    ///
    /// - Parameter ttlTolerance: in seconds; answers from memory are as old as they are.
    func differences(from other: DecodedAnswer, ttlTolerance: UInt32 = 1) -> [String] {
        var lines: [String] = []
        func compare(_ what: String, _ mine: some Equatable, _ theirs: some Equatable) {
            let (one, two) = ("\(mine)", "\(theirs)")
            guard one != two else { return }
            lines.append("\(what): dnsdist \(two.prefix(400)), Pharos \(one.prefix(400))")
        }
        compare("flags", String(flags, radix: 16), String(other.flags, radix: 16))
        compare("counts", counts, other.counts)
        compare("question", question, other.question)
        for (name, index) in [("answer", 0), ("authority", 1), ("additional", 2)] {
            let (mine, theirs) = (sections[index], other.sections[index])
            let isSame =
                mine.count == theirs.count
                && zip(mine, theirs).allSatisfy {
                    $0.identity == $1.identity
                        && max($0.ttl, $1.ttl) - min($0.ttl, $1.ttl) <= ttlTolerance
                }
            if !isSame { compare(name, mine, theirs) }
        }
        compare("OPT size", payload, other.payload)
        compare("OPT flags", extended, other.extended)
        compare(
            "options", options.map(Self.withoutServerCookie),
            other.options.map(Self.withoutServerCookie))
        compare("trailing octets", trailing, other.trailing)
        return lines
    }

    /// A server's part of a cookie has the time in it (RFC 9018): its length is compared.
    private static func withoutServerCookie(_ option: [UInt8]) -> [UInt8] {
        guard option.starts(with: [0, 10]), option.count > 10 else { return option }
        return option.prefix(10) + [UInt8](repeating: 0, count: option.count - 10)
    }
}

extension DecodedAnswer {
    private struct Reader {
        struct Entry {
            let type: UInt16
            let `class`: UInt16
            let ttl: UInt32
            let options: [[UInt8]]
            let shown: Record
        }

        let bytes: [UInt8]
        var offset = 0

        func word(at offset: Int) -> UInt16 {
            offset + 2 <= bytes.count ? UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) : 0
        }

        mutating func take(_ count: Int) -> [UInt8]? {
            guard offset + count <= bytes.count else { return nil }
            defer { offset += count }
            return Array(bytes[offset..<offset + count])
        }

        /// A name, uncompressed.
        mutating func name() -> [UInt8]? {
            var result: [UInt8] = []
            var position = offset
            var end: Int?
            for _ in 0..<256 {
                guard position < bytes.count else { return nil }
                let length = Int(bytes[position])
                if length >= 0xc0 {
                    guard position + 1 < bytes.count else { return nil }
                    end = end ?? position + 2
                    position = (length & 0x3f) << 8 | Int(bytes[position + 1])
                    continue
                }
                guard length < 64, position + 1 + length <= bytes.count else { return nil }
                result += bytes[position..<position + 1 + length]
                position += 1 + length
                if length == 0 {
                    offset = end ?? position
                    return result
                }
            }
            return nil
        }

        mutating func record() -> Entry? {
            guard let owner = name(), let fixed = take(10) else { return nil }
            let type = UInt16(fixed[0]) << 8 | UInt16(fixed[1])
            let recordClass = UInt16(fixed[2]) << 8 | UInt16(fixed[3])
            let ttl = fixed[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let length = Int(fixed[8]) << 8 | Int(fixed[9])
            guard offset + length <= bytes.count else { return nil }
            let end = offset + length
            let start = offset
            var data = uncompressed(type) ?? []
            // A rule may say RDATA that its type does not have: then they are octets.
            if data.isEmpty || offset > end { offset = start; data = [] }
            guard let rest = take(end - offset) else { return nil }
            data += rest
            let identity = owner + fixed[0..<4] + data
            let shown = String(decoding: owner.map { $0 < 33 ? 46 : $0 }, as: UTF8.self)
            let hex = data.prefix(12).map { String($0, radix: 16) }.joined(separator: " ")
            return Entry(
                type: type, class: recordClass, ttl: ttl, options: Self.options(data),
                shown: Record(
                    identity: identity, ttl: ttl,
                    text: "\(shown) \(ttl) class \(recordClass) type \(type) [\(data.count)] \(hex)"
                ))
        }

        /// RDATA up to its last name that may be compressed (RFC 1035), without its pointers; `nil`
        /// when there is none.
        private mutating func uncompressed(_ type: UInt16) -> [UInt8]? {
            let names: [UInt16: (before: Int, count: Int)] = [
                2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 39: (0, 1),
            ]
            guard let layout = names[type], var data = take(layout.before) else { return nil }
            for _ in 0..<layout.count {
                guard let inner = name() else { return nil }
                data += inner
            }
            return data
        }

        private static func options(_ data: [UInt8]) -> [[UInt8]] {
            var options: [[UInt8]] = []
            var rest = data[...]
            while rest.count >= 4 {
                let start = rest.startIndex
                let length = Int(rest[start + 2]) << 8 | Int(rest[start + 3])
                guard rest.count >= 4 + length else { break }
                options.append(
                    Array(rest[start..<start + 2] + rest[start + 4..<start + 4 + length]))
                rest = rest.dropFirst(4 + length)
            }
            return options
        }
    }
}
