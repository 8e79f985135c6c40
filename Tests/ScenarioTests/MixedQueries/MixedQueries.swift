// SPDX-License-Identifier: Apache-2.0
//
// Queries of every sort that reaches a resolver's front: the types and flags of ordinary clients, the
// options of EDNS, answers too big for UDP, and what broken or hostile clients send. The names are
// those of `MixedServers`.

/// Generates queries from a seed.
struct MixedQueries {
    private var random: Randomness

    init(seed: UInt64) { random = Randomness(seed: seed) }

    private static let types: [UInt16] = [
        1, 1, 1, 1, 28, 28, 28, 15, 16, 2, 6, 12, 33, 257, 43, 48, 255, 5, 39, 35, 44, 52, 65, 64,
        29, 13, 99, 46, 47, 65_280, 1_234, 0, 65_535,
    ]
    /// Where the names are, how often, and what they are.
    private static let kinds: [(kind: String, weight: Int, names: [String])] = [
        (
            "plain", 22,
            (0..<20).map { "a\($0).mix.test" } + [
                "mix.test", "ns.mix.test", "mail.mix.test", "txt.mix.test", "_sip._tcp.mix.test",
                "caa.mix.test", "types.mix.test", "u1.mix.test", "empty.nonterminal.mix.test",
                "nonterminal.mix.test",
            ]
        ),
        ("nxdomain", 7, ["no1.mix.test", "no2.a1.mix.test", "x.y.z.mix.test"]),
        ("wildcard", 5, ["x.wild.mix.test", "a.b.wild.mix.test", "*.wild.mix.test"]),
        ("wildcard cname", 2, ["q.wc.mix.test", "w.wc.mix.test"]),
        ("cname", 6, (1...9).map { "c\($0).mix.test" } + ["cout.mix.test", "cgone.mix.test"]),
        ("cname loop", 1, ["loop1.mix.test", "loop2.mix.test"]),
        ("dname", 3, ["x.dname.mix.test", "nope.dname.mix.test", "dname.mix.test"]),
        ("delegation", 3, ["deleg.mix.test", "w.deleg.mix.test", "secure.mix.test"]),
        (
            "big", 8,
            [
                "big600.mix.test", "big1300.mix.test", "big2000.mix.test", "big4500.mix.test",
                "big20000.mix.test", "many.mix.test",
            ]
        ),
        (
            "odd name", 4,
            [
                "sp\u{20}ace.mix.test", "under_score.mix.test", "s*ar.mix.test", "x--y.mix.test",
                "UPPER.mix.test", "sl/ash.mix.test",
            ]
        ),
        ("root", 1, [""]),
        ("refused", 3, ["www.elsewhere.example", "com", "a.root-servers.net"]),
        ("servfail", 3, ["broken.test", "www.broken.test"]),
        (
            "signed", 8,
            [
                "signed.test", "www.signed.test", "no.signed.test", "x.wild.signed.test",
                "txt.signed.test",
            ]
        ),
        (
            "reverse", 3,
            [
                "1.2.0.192.in-addr.arpa", "2.2.0.192.in-addr.arpa", "99.2.0.192.in-addr.arpa",
                "2.0.192.in-addr.arpa",
            ]
        ),
        (
            "recursive", 8,
            [
                "www.rec.test", "txt.rec.test", "big.rec.test", "no.rec.test", "c1.rec.test",
                "rec.test",
            ]
        ),
        (
            "recursive, local", 5,
            [
                "a.local.rec.test", "no.local.rec.test", "x.refuse.rec.test",
                "x.redirect.rec.test", "local.rec.test",
            ]
        ),
        ("recursive, dropped", 1, ["x.deny.rec.test"]),
        ("subnet", 5, ["www.ecs.test", "no.ecs.test", "big.ecs.test", "txt.ecs.test"]),
        (
            "rule", 6,
            [
                "refused.rule.test", "nx.rule.test", "spoof.rule.test", "alias.rule.test",
                "raw.rule.test", "tc.rule.test", "nord.rule.test", "nodo.rule.test",
            ]
        ),
        ("rule, dropped", 1, ["drop.rule.test"]),
        (
            "chaos", 2,
            ["version.bind", "version.server", "id.server", "hostname.bind", "authors.bind"]
        ),
    ]

    /// So many queries, each with an identifier of its own.
    mutating func make(_ count: Int) -> [MixedQuery] {
        var identifiers = Array(UInt16(1)...0xffff)
        identifiers.shuffle(using: &random)
        return (0..<count).map { index in
            var query = random.chance(7) ? malformed() : ordinary()
            query.id = identifiers[index]
            return query
        }
    }

    private mutating func ordinary() -> MixedQuery {
        let total = Self.kinds.reduce(0) { $0 + $1.weight }
        var point = Int.random(in: 0..<total, using: &random)
        let entry = Self.kinds.first {
            point -= $0.weight
            return point < 0
        }!  // the point is below the sum
        var type = random.pick(Self.types)
        switch entry.kind {
        case "big": if random.chance(80) { type = random.chance(75) ? 16 : 1 }
        case "reverse": if random.chance(70) { type = 12 }
        case "signed": if random.chance(40) { type = random.pick([1, 6, 48, 16]) }
        case "rule", "subnet": if random.chance(60) { type = random.pick([1, 28, 16]) }
        case "chaos": type = 16
        default: break
        }
        // What of a name is in unbound's memory depends on what was asked before.
        if entry.kind.hasPrefix("recursive"), type == 255 { type = 1 }
        let chaos = entry.kind == "chaos" || random.chance(1)
        let recordClass: UInt16 = chaos ? 3 : random.chance(1) ? 255 : 1
        let name = cased(Self.wire(decorated(random.pick(entry.names), entry.kind)))
        var bytes = header(flags: flags(), questions: 1)
        bytes += name + Self.word(type) + Self.word(recordClass)
        appendOptions(&bytes, isRecursive: entry.kind.hasPrefix("recursive"))
        // What waits for an answer that never comes holds up what follows on its connection.
        return MixedQuery(
            kind: entry.kind, bytes: bytes, overTCP: random.chance(20),
            isAlone: entry.kind.hasSuffix("dropped"))
    }

    /// Names that nobody asked before, long ones among them.
    private mutating func decorated(_ name: String, _ kind: String) -> String {
        guard ["nxdomain", "wildcard", "wildcard cname", "dname"].contains(kind), random.chance(50)
        else { return name }
        let room = 240 - name.utf8.count
        var prefix = ""
        let wanted = random.chance(20) ? room : Int.random(in: 1...30, using: &random)
        while prefix.utf8.count < wanted {
            let length = min(63, wanted - prefix.utf8.count)
            prefix += String((0..<length).map { _ in random.pick(Array("abcdefghij0123456789-_")) })
            prefix += "."
        }
        return prefix + (name.hasPrefix("*.") ? String(name.dropFirst(2)) : name)
    }

    private mutating func cased(_ name: [UInt8]) -> [UInt8] {
        guard random.chance(30) else { return name }
        return name.map { octet in
            (97...122).contains(octet) && random.chance(50) ? octet - 32 : octet
        }
    }

    private mutating func flags() -> UInt16 {
        var flags: UInt16 = random.chance(80) ? 0x0100 : 0
        if random.chance(15) { flags |= 0x0010 }
        if random.chance(25) { flags |= 0x0020 }
        if random.chance(1) { flags |= 0x0040 }
        if random.chance(1) { flags |= 0x0480 }
        return flags
    }

    private mutating func appendOptions(_ bytes: inout [UInt8], isRecursive: Bool) {
        guard random.chance(65) else { return }
        let payload: UInt16 = random.pick([512, 1232, 1232, 4096, 4096, 1400, 0, 65_535])
        let version: UInt8 = random.chance(2) ? 1 : 0
        let dnssecOK: UInt16 = random.chance(40) ? 0x8000 : 0
        var options: [UInt8] = []
        func add(_ code: UInt16, _ value: [UInt8]) {
            options += Self.word(code) + Self.word(UInt16(value.count)) + value
        }
        if random.chance(12) { add(3, []) }
        if random.chance(12) { add(10, random.octets(8)) }
        if random.chance(10), !isRecursive { add(8, [0, 1, 24, 0, 192, 0, 2]) }
        if random.chance(6) { add(12, [UInt8](repeating: 0, count: 32)) }
        if random.chance(5) { add(65_001, random.octets(5)) }
        if random.chance(3) { add(11, []) }
        bytes[11] = 1
        bytes += [0, 0, 41] + Self.word(payload) + [0, version] + Self.word(dnssecOK)
        bytes += Self.word(UInt16(options.count)) + options
    }

    /// What no ordinary client sends.
    private mutating func malformed() -> MixedQuery {
        let question = Self.wire("a1.mix.test") + Self.word(1) + Self.word(1)
        var overTCP = random.chance(20)
        var isAlone = true
        let kind = random.pick([
            "notify", "update", "status", "iquery", "no question", "two questions", "trailing",
            "is an answer", "cut short", "cut name", "pointer name", "records in query", "two OPT",
            "reserved label", "short", "axfr", "ixfr", "long query", "code in query",
        ])
        var bytes = header(flags: 0x0100, questions: 1) + question
        switch kind {
        case "notify": bytes[2] = 0x20
        case "update": bytes[2] = 0x28
        case "status": bytes[2] = 0x10
        case "iquery": bytes[2] = 0x08
        case "no question": bytes = header(flags: 0x0100, questions: 0)
        case "two questions": bytes = header(flags: 0x0100, questions: 2) + question + question
        case "trailing": bytes += random.octets(Int.random(in: 1...40, using: &random))
        case "is an answer": bytes[2] |= 0x80
        case "cut short": bytes.removeLast(Int.random(in: 1...4, using: &random))
        case "cut name": bytes = Array(bytes.prefix(Int.random(in: 13...20, using: &random)))
        case "pointer name": bytes = header(flags: 0x0100, questions: 1) + [0xc0, 12, 0, 1, 0, 1]
        case "records in query":
            bytes[7] = 1
            bytes += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 9]
        case "two OPT":
            bytes[11] = 2
            bytes += ([0, 0, 41, 4, 208] + [UInt8](repeating: 0, count: 6))
            bytes += ([0, 0, 41, 4, 208] + [UInt8](repeating: 0, count: 6))
        case "reserved label":
            bytes = header(flags: 0x0100, questions: 1) + [0x41, 97, 0, 0, 1, 0, 1]
        case "short": bytes = random.octets(Int.random(in: 2...11, using: &random))
        case "axfr", "ixfr":
            overTCP = random.chance(80)
            bytes = header(flags: 0, questions: 1) + Self.wire("mix.test")
            bytes += Self.word(kind == "axfr" ? 252 : 251) + Self.word(1)
            if kind == "ixfr" {
                // The serial in the authority section is the zone's own: nothing has changed.
                bytes[9] = 1
                bytes += [0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, 0, 1]
                bytes += [UInt8](repeating: 0, count: 16)
            }
        case "long query":
            bytes[11] = 1
            bytes += [0, 0, 41, 16, 0, 0, 0, 0, 0] + Self.word(1_404)
            bytes += Self.word(12) + Self.word(1_400) + [UInt8](repeating: 0, count: 1_400)
        default: bytes[3] |= 5
        }
        if kind == "notify" || kind == "trailing" { isAlone = overTCP }
        return MixedQuery(kind: kind, bytes: bytes, overTCP: overTCP, isAlone: isAlone)
    }

    private func header(flags: UInt16, questions: UInt8) -> [UInt8] {
        [0, 0] + Self.word(flags) + [0, questions, 0, 0, 0, 0, 0, 0]
    }

    private static func word(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xff)]
    }

    private static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}
