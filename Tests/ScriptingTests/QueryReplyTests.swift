// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Probing
import Testing

@testable import Scripting

/// Would catch: a section or a type of record whose fields a check cannot read, or reads wrongly, and
/// a question that is asked otherwise than the script said.
@Suite struct QueryReplyTests {
    /// Runs a check that asks once, gets `message`, and evaluates `body` over `reply` and `r`, the
    /// first answer.
    private func outcome(_ body: String, _ message: DNSMessage) throws -> CheckOutcome? {
        let bench = try CheckBench(
            """
            local reply = dns.query{server='192.0.2.1', name='example.com', type='ANY'}
            local r = reply.answers[1]
            \(body)
            """)
        bench.prober.answerQuery = { _ in .init(.success(message.encoded)) }
        return bench.outcome()
    }

    private func message(_ data: [(DNSType, RecordData)]) throws -> DNSMessage {
        let name = try DNSName("example.com")
        let question = DNSQuestion(name: name, type: .any)
        let query = try DNSMessage(decoding: DNSQuery(id: 0, question: question).encoded)
        var message = DNSMessage(answering: query)
        message.answers = data.map {
            DNSRecord(name: name, type: $0.0, timeToLiveSeconds: 300, data: $0.1)
        }
        return message
    }

    @Test(arguments: [
        (DNSType.a, RecordData.address(IPAddress(v4: 0xc633_6401)), "r.address", "198.51.100.1"),
        (.aaaa, .address(IPAddress("2001:db8::1")!), "r.address", "2001:db8::1"),
        (.cname, .name(name("a.example")), "r.target", "a.example."),
        (.ns, .name(name("ns.example")), "r.target", "ns.example."),
        (.ptr, .name(name("host.example")), "r.data", "host.example."),
        (
            .mx, .mailExchange(preference: 10, exchange: name("mx.example")),
            "r.preference .. ' ' .. r.exchange", "10 mx.example."
        ),
        (
            .txt, .text([Array("v=spf1 ".utf8), Array("-all".utf8)]),
            "r.text .. '|' .. #r.texts .. '|' .. r.texts[2]", "v=spf1 -all|2|-all"
        ),
        (
            .srv, .service(priority: 1, weight: 2, port: 443, target: name("s.example")),
            "r.priority .. ' ' .. r.weight .. ' ' .. r.port .. ' ' .. r.target",
            "1 2 443 s.example."
        ),
        (
            .caa,
            .certificationAuthority(
                flags: 128, tag: Array("issue".utf8), value: Array("ca.example".utf8)),
            "r.flags .. ' ' .. r.tag .. ' ' .. r.value", "128 issue ca.example"
        ),
        (
            .soa,
            .startOfAuthority(
                RecordData.StartOfAuthority(
                    primary: name("ns.example"), mailbox: name("who.example"),
                    serial: 4_294_967_295, refreshSeconds: 1, retrySeconds: 2, expireSeconds: 3,
                    minimumSeconds: 4)),
            "r.mname .. r.rname .. r.serial .. ' ' .. r.refresh .. r.retry .. r.expire .. r.minimum",
            "ns.example.who.example.4294967295 1234"
        ),
        (
            .ds, .raw([0x01, 0xff]), "r.hex .. ' ' .. #r.rdata .. ' ' .. r.data",
            "01ff 2 \\# 2 01ff"
        ),
        (
            DNSType(rawValue: 65_400), .raw([7]),
            "r.typeName .. ' ' .. r.type .. ' ' .. r.rdata:byte()", "TYPE65400 65400 7"
        ),
    ])
    func aRecordHasTheFieldsOfItsType(
        _ type: DNSType, _ data: RecordData, _ expression: String, _ expected: String
    ) throws {
        #expect(
            try outcome(
                "return r.ttl == 300 and r.class == 1, \(expression)", message([(type, data)]))
                == .up(score: 1, detail: expected))
    }

    @Test func aServiceBindingHasItsParametersByName() throws {
        // Priority 1, ".", mandatory=port, alpn=h2,h3, no-default-alpn, port, both hints, key667.
        let binding: [UInt8] =
            [0, 1, 0] + [0, 0, 0, 2, 0, 3] + [0, 1, 0, 6, 2, 0x68, 0x32, 2, 0x68, 0x33]
            + [0, 2, 0, 0] + [0, 3, 0, 2, 0x20, 0xfb] + [0, 4, 0, 4, 192, 0, 2, 7]
            + [0, 6, 0, 16, 0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
            + [0x02, 0x9b, 0, 2, 0x68, 0x69]
        let body = """
            local p = r.parameters
            assert(r.priority == 1 and r.target == '.' and p.port == 8443, r.data)
            assert(p.mandatory[1] == 'port' and p['no-default-alpn'] == true)
            assert(p.ipv4hint[1] == '192.0.2.7' and p.ipv6hint[1] == '2001:db8::1')
            assert(p.ech == nil and p.key667 == 'hi')
            return true, table.concat(p.alpn, ' ')
            """
        for type in [DNSType.https, .svcb] {
            #expect(
                try outcome(body, message([(type, .raw(binding))]))
                    == .up(score: 1, detail: "h2 h3"))
        }
    }

    @Test func everySectionAndFlagIsThere() throws {
        var full = try message([(.a, .address(IPAddress(v4: 1)))])
        full.authority = [DNSRecord(full.answers[0], .ns, .name(Self.name("ns.example")))]
        full.additional = [
            DNSRecord(full.answers[0], .aaaa, .address(IPAddress("2001:db8::1")!))
        ]
        full.flags.isAuthoritative = true
        full.flags.isTruncated = true
        full.flags.recursionAvailable = true
        full.flags.isAuthenticData = true
        full.flags.checkingDisabled = true
        var edns = EDNS(payloadBytes: 4_096, dnssecOK: true)
        edns.add(EDNS.Option(code: EDNS.Option.nsid, value: Array("fra1".utf8)))
        edns.add(
            EDNS.Option(code: EDNS.Option.extendedError, value: [0, 22] + Array("late".utf8)))
        full.edns = edns
        let body = """
            assert(reply.authoritative and reply.truncated and reply.recursionAvailable)
            assert(reply.authenticData and reply.checkingDisabled and reply.recursionDesired)
            assert(reply.authority[1].target == 'ns.example.')
            assert(reply.additional[1].address == '2001:db8::1' and #reply.additional == 1)
            local e = reply.edns
            assert(e.version == 0 and e.payloadSize == 4096 and e.dnssecOK and e.nsid == 'fra1')
            assert(e.extendedErrors[1].code == 22 and e.extendedErrors[1].text == 'late')
            assert(reply.size > 12 and reply.seconds >= 0 and reply.transport == 'udp')
            return true
            """
        #expect(try outcome(body, full) == .up(score: 1, detail: ""))
    }

    @Test func whatADoesNotHaveIsNilAndNoError() throws {
        let plain = try message([(.a, .address(IPAddress(v4: 1)))])
        #expect(
            try outcome("return reply.edns == nil and r.serial == nil and r.hex == nil", plain)
                == .up(score: 1, detail: ""))
    }

    @Test(arguments: [
        ("reply.edns.nsdi", "edns has no field 'nsdi'; did you mean 'nsid'?"),
        ("reply.authority[1].seriel", "record has no field 'seriel'; did you mean 'serial'?"),
    ])
    func aMisspeltFieldNamesTheNearest(_ field: String, _ words: String) throws {
        var answer = try message([])
        answer.authority = [
            DNSRecord(
                name: Self.name("a"), type: .ns, timeToLiveSeconds: 1, data: .name(Self.name("b")))
        ]
        answer.edns = EDNS()
        guard case .error(let fault)? = try outcome("return \(field)", answer) else {
            Issue.record("no error")
            return
        }
        #expect(fault.description == "test.lua:4: " + words)
    }

    @Test(arguments: [
        ("type='TYPE65400', class='CLASS77'", "example.com. CLASS77 TYPE65400"),
        ("type='https'", "example.com. IN HTTPS"),
        ("type=DNSQType.TXT, class='CH'", "example.com. CH TXT"),
        ("type=257, class=4", "example.com. HS CAA"),
    ])
    func anyTypeAndClassCanBeAsked(_ keys: String, _ question: String) throws {
        let bench = try CheckBench(
            "return dns.query{server='192.0.2.1', name='example.com', \(keys)}.ok")
        var asked: [DNSProbe] = []
        bench.prober.answerQuery = {
            asked.append($0)
            return nil
        }
        bench.start()
        #expect(asked.map(\.question.description) == [question])
    }

    @Test func ednsIsSentAsTold() throws {
        let bench = try CheckBench(
            """
            return dns.query{server='192.0.2.1', name='example.com', payloadSize=512, nsid=true}.ok
            """)
        var asked: [DNSProbe] = []
        bench.prober.answerQuery = {
            asked.append($0)
            return nil
        }
        bench.start()
        #expect(asked.first?.payloadBytes == 512)
        #expect(asked.first?.asksServerIdentity == true)
    }

    @Test func retriesShareWhatIsLeftOfTheRun() throws {
        let bench = try CheckBench(
            "return dns.query{server='192.0.2.1', name='a', retries=3}.ok")
        var timeouts: [Int] = []
        bench.prober.answerQuery = {
            timeouts.append($0.timeoutMilliseconds)
            return nil
        }
        bench.start()
        #expect((40...50).contains(timeouts.first ?? 0))
    }

    @Test(arguments: [
        "dns.query{server='192.0.2.1', name='a', timeout=500}",
        "tcp.connect{address='192.0.2.1:25', timeout=500}", "exec.run{'true', timeout=500}",
        "exec.shell{'true', timeout=500}",
    ])
    func aTimeoutLongerThanTheChecksMentionsUnits(_ call: String) throws {
        guard case .error(let fault)? = try CheckBench("local r = \(call) return true").outcome()
        else {
            Issue.record("no error")
            return
        }
        let name = call.prefix { $0 != "{" }
        #expect(
            fault.description == "test.lua:2: \(name): timeout (500 s) is longer than the check's"
                + " (0.2 s); times are seconds, milliseconds are written \"500ms\"")
    }

    /// The root when the text is no name: the expectation then fails.
    private static func name(_ text: String) -> DNSName {
        (try? DNSName(text)) ?? .root
    }
}

extension DNSRecord {
    /// One like `other` with another type and data.
    fileprivate init(_ other: DNSRecord, _ type: DNSType, _ data: RecordData) {
        self.init(name: other.name, type: type, timeToLiveSeconds: 1, data: data)
    }
}
