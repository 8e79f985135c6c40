// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a rule, an action or a member of dq and dr that answers a client otherwise than
    /// the dnsdist that is installed (1.7.3) does, with the same words in its configuration.
    struct DialectComparisonTests {
        /// What concerns one name, `NAME.test`: the lines about it, with `@` for the name.
        private struct Case {
            let name: String
            let lines: String

            init(_ name: String, _ lines: String) {
                self.name = name
                self.lines = lines.replacing("@", with: "'\(name).test'")
            }

            /// An action that is a script, given its body.
            static func action(_ name: String, _ body: String) -> Case {
                Case(name, "addAction(@, LuaAction(function(dq) \(body) end))")
            }

            static func response(_ name: String, _ body: String) -> Case {
                Case(
                    name,
                    """
                    local rule_\(name) = newSuffixMatchNode()
                    rule_\(name):add(newDNSName(@))
                    addResponseAction(SuffixMatchNodeRule(rule_\(name)),
                      LuaResponseAction(function(dr) \(body) end))
                    """)
            }

            /// A condition that a script action answers with REFUSED.
            static func condition(_ name: String, _ condition: String) -> Case {
                action(
                    name, "if \(condition) then return DNSAction.Refused end return DNSAction.None")
            }
        }

        private static let rules = [
            Case("plain", ""),
            Case("drop", "addAction(@, DropAction())"),
            Case("trunc", "addAction(@, TCAction())"),
            Case("refused", "addAction(@, RCodeAction(DNSRCode.REFUSED))"),
            Case("bits", "addAction(@, RCodeAction(3, {aa=true, ra=false, ad=true}))"),
            Case("extended", "addAction(@, ERCodeAction(16))"),
            Case("spoof", "addAction(@, SpoofAction('192.0.2.7'))"),
            Case(
                "both",
                "addAction(@, SpoofAction({'192.0.2.7', '2001:db8::7'}, {ttl=7, aa=true}))"),
            Case("alias", "addAction(@, SpoofCNAMEAction('www.test', {ttl=3}))"),
            Case("raw", "addAction(@, SpoofRawAction({'\\003abc', '\\001x'}, {ttl=9}))"),
            Case(
                "negative",
                "addAction(@, NegativeAndSOAAction(true, 'zone.test', 61, 'ns.zone.test', "
                    + "'me.zone.test', 1, 2, 3, 4, 5, {aa=true}))"),
            Case(
                "nodata",
                "addAction(@, NegativeAndSOAAction(false, 'test', 60, 'ns.test', 'me.test', "
                    + "1, 2, 3, 4, 4294967295))"),
            Case("pool", "addAction(@, PoolAction('second'))"),
            Case("nodo", "addAction(@, SetDisableValidationAction())"),
            Case("nord", "addAction(@, SetNoRecurseAction())"),
            Case("none", "addAction(@, NoneAction()) addAction(@, RCodeAction(4))"),
            Case("allow", "addAction(@, AllowAction()) addAction(@, RCodeAction(4))"),
            Case("goon", "addAction(@, ContinueAction(PoolAction('second')))"),
            Case("list", "addAction({'x.invalid', @}, RCodeAction(9))"),
            Case("made", "addAction(makeRule(@), RCodeAction(9))"),
            Case("type", "addAction(AndRule{makeRule(@), QTypeRule('TXT')}, RCodeAction(5))"),
            Case(
                "tcp",
                "addAction(AndRule({makeRule(@), NotRule(TCPRule(false))}), RCodeAction(5))"),
            Case(
                "either",
                "addAction(AndRule{makeRule(@), OrRule{TCPRule(true), DNSSECRule()}}, DropAction())"
            ),
            Case("regex", "addAction(RegexRule('^re[g]ex\\\\.test$'), RCodeAction(5))"),
            Case("exact", "addAction(QNameRule('EXACT.Test.'), RCodeAction(5))"),
            Case(
                "tag",
                """
                addAction(@, SetTagAction('t', '1'))
                addAction(TagRule('t', '1'), RCodeAction(5))
                """),
            Case(
                "mask",
                """
                local group = newNMG() group:addMask('127.0.0.0/8') group:addMask('!127.0.0.9/32')
                addAction(AndRule{makeRule(@), NetmaskGroupRule(group)}, RCodeAction(5))
                """),
            Case(
                "luarule",
                """
                addAction(LuaRule(function(dq) return dq.qname:tostring() == @ .. '.' end),
                  RCodeAction(5))
                """
            ),
            Case("dropped", "addResponseAction(QNameRule(@), DropResponseAction())"),
            Case(
                "coded",
                """
                addResponseAction(AndRule{QNameRule(@), RCodeRule(DNSRCode.NXDOMAIN)},
                  DropResponseAction())
                """
            ),
            Case(
                "excode",
                "addResponseAction(AndRule{QNameRule(@), ERCodeRule(0)}, DropResponseAction())"),
        ]

        private static let scripts: [Case] = [
            .action("lnone", "return DNSAction.None, ''"),
            .action("ldrop", "return DNSAction.Drop, nil"),
            .action("lref", "return DNSAction.Refused, ''"),
            .action("lnx", "return DNSAction.Nxdomain"),
            .action("lfail", "return DNSAction.ServFail"),
            .action("ltc", "return DNSAction.Truncate"),
            .action("lspoof", "return DNSAction.Spoof, '192.0.2.3'"),
            .action("lspoof6", "return DNSAction.Spoof, '2001:db8::3'"),
            .action("lalias", "return DNSAction.Spoof, 'www.test'"),
            .action("lraw", "return DNSAction.SpoofRaw, '\\003abc'"),
            .action("lpool", "return DNSAction.Pool, 'second'"),
            .action("ltext", "return '2'"),
            .action("lerror", "error('x')"),
            .action("lnil", ""),
            .action("lbool", "return true"),
            .action(
                "lmade", "dq.dh:setTC(true) dq.dh:setQR(true) return DNSAction.HeaderModify, ''"),
            .action(
                "lcode", "dq.rcode = DNSRCode.NXDOMAIN dq.dh:setQR(true) return DNSAction.None"),
            .action("lmany", "dq:spoof({newCA('192.0.2.1')}) return DNSAction.HeaderModify"),
            .action("ltag", "dq:setTag('l', 'v') return DNSAction.None"),
            Case("ltag", "addAction(TagRule('l', 'v'), RCodeAction(4))"),
            .condition(
                "lname",
                "dq.qname:toString() == 'lname.test.' and dq.qname:tostring() == tostring(dq.qname)"
            ),
            .condition(
                "lpart", "dq.qname:isPartOf(newDNSName('test')) and dq.qname:countLabels() == 2"),
            .condition(
                "lfrom", "dq.remoteaddr:toString() == '127.0.0.1' and dq.remoteaddr:isIPv4()"),
            .condition("ltype", "dq.qtype == DNSQType.TXT and dq.qclass == DNSClass.IN"),
            .condition("ltcp", "dq.tcp and dq.opcode == DNSOpcode.Query and dq.len > 12"),
            .condition("lbits", "dq.dh:getRD() and not dq.dh:getCD() and dq.skipCache == false"),
            .condition("ldo", "dq:getDO() and dq:getTag('none') == ''"),
            .condition(
                "lnone2", "dq:getTrailingData() ~= '' or dq:getServerNameIndication() ~= ''"),
            .response("rdrop", "return DNSResponseAction.Drop"),
            .response(
                "rttl",
                "dr:editTTLs(function(s, c, t, ttl) return ttl - 3 end) return DNSAction.None"),
            .response("rcode", "dr.rcode = DNSRCode.REFUSED return DNSResponseAction.HeaderModify"),
            .response("rbits", "dr.dh:setAA(true) return DNSResponseAction.HeaderModify"),
            .response(
                "rname",
                """
                local wanted = dr.qname:toString() == 'rname.test.' and dr.rcode == 0
                return wanted and DNSResponseAction.Drop or DNSResponseAction.None
                """
            ),
        ]

        private static func configuration(_ port: UInt16, _ one: KnotServer, _ two: KnotServer)
            -> String
        {
            """
            setLocal("127.0.0.1:\(port)")
            newServer{address = "\(one.endpoint)", name = "one"}
            newServer{address = "\(two.endpoint)", name = "two", pool = "second"}
            \((rules + scripts).map(\.lines).joined(separator: "\n"))
            """
        }

        private static let asked: [(type: String, overTCP: Bool, options: [String])] = [
            ("A", false, []), ("TXT", true, []), ("AAAA", false, ["+dnssec"]),
        ]

        /// What a client sees of NAME.test, each way of asking a line.
        private static func view(_ name: String, port: UInt16) async throws -> String {
            var lines: [String] = []
            for (type, overTCP, options) in asked {
                let reply = try await Kdig.query(
                    "\(name).test", type: type, server: "127.0.0.1", port: port,
                    overTCP: overTCP, timeoutSeconds: 1,
                    // dnsdist repeats a query's AD in what a script answers, as if it were secure.
                    options: options + ["+noadflag"])
                let records = reply.answers.map { "\($0.name) \($0.type) \($0.ttl) \($0.data)" }
                lines.append("\(type) \(reply.status) \(reply.flags.sorted()) \(records.sorted())")
            }
            return lines.joined(separator: "\n")
        }

        @Test func clientsSeeWhatTheySeeWithDnsdist() async throws {
            func records(_ name: String) -> [String] { ["* A 192.0.2.99", "* TXT \(name)"] }
            let one = try await KnotServer(name: "one", records: records("one"))
            let two = try await KnotServer(name: "two", records: records("two"))
            let ours = try FreePorts.next()
            let theirs = try FreePorts.next()
            let dnsdist = try await Dnsdist(
                Self.configuration(theirs, one, two), probed: ["one", "two"])
            let daemon = try await PharosDaemon(Self.configuration(ours, one, two))
            let names = Set((Self.rules + Self.scripts).map(\.name)).sorted()
            // Several at once: what is dropped is waited for.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        for name in names[...].indices where name % 8 == lane {
                            let wanted = try await Self.view(names[name], port: theirs)
                            let seen = try await Self.view(names[name], port: ours)
                            #expect(seen == wanted, "\(names[name])")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await dnsdist.stop()
            await one.stop()
            await two.stop()
        }

        /// The hashes are the same, so a change from one to the other moves no name.
        @Test func namesGoToTheServersThatTheyGoToWithDnsdist() async throws {
            let one = try await KnotServer(name: "one", records: ["* TXT one"])
            let two = try await KnotServer(name: "two", records: ["* TXT two"])
            func configuration(_ port: UInt16) -> String {
                func server(_ knot: KnotServer, _ last: Int, weight: Int) -> String {
                    """
                    newServer{address = "\(knot.endpoint)", name = "\(knot.name)", pool = {"w", "c"},
                      weight = \(weight), id = "11111111-1111-1111-1111-11111111111\(last)"}
                    """
                }
                return """
                    setLocal("127.0.0.1:\(port)")
                    setWHashedPertubation(7)
                    \(server(one, 1, weight: 300))
                    \(server(two, 2, weight: 100))
                    setPoolServerPolicy(whashed, "w")
                    setPoolServerPolicy(chashed, "c")
                    addAction("w.test", PoolAction("w"))
                    addAction("c.test", PoolAction("c"))
                    """
            }
            let ours = try FreePorts.next()
            let theirs = try FreePorts.next()
            let dnsdist = try await Dnsdist(configuration(theirs), probed: ["one", "two"])
            let daemon = try await PharosDaemon(configuration(ours))
            for policy in ["w", "c"] {
                var shares: [String: Int] = [:]
                for number in 0..<24 {
                    func answer(_ port: UInt16) async throws -> [String] {
                        try await Kdig.query(
                            "N\(number).\(policy).test", type: "TXT", server: "127.0.0.1",
                            port: port
                        ).data
                    }
                    async let wanted = answer(theirs)
                    async let seen = answer(ours)
                    let (expected, got) = try await (wanted, seen)
                    #expect(got == expected && got.count == 1, "\(number).\(policy).test")
                    shares[got.first ?? "", default: 0] += 1
                }
                #expect(shares.count == 2, "\(shares)")
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await dnsdist.stop()
            await one.stop()
            await two.stop()
        }
    }
}
