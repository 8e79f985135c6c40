// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a rule of dnsdist's that is read and not done, seen from a client.
    ///
    /// What the installed dnsdist does with the same rules is ``DialectComparisonTests``; here are
    /// those that it has no more, those that it has not yet, and those that need a clock.
    struct DialectRuleTests {
        private static func configuration(
            _ port: UInt16, one: KnotServer, two: KnotServer
        ) -> String {
            """
            setLocal("127.0.0.1:\(port)")
            newServer{address = "\(one.endpoint)", name = "one"}
            newServer{address = "\(two.endpoint)", name = "two", pool = "second"}
            addAnyTCRule()
            addDomainSpoof("spoofed.test", "192.0.2.1", "2001:db8::1")
            addDomainCNAMESpoof("alias.test", "www.test")
            addDomainBlock("dropped.test")
            addPoolRule("pool.test", "second")
            addAction("raw.test", SpoofRawAction("\\003abc", {ttl = 7}))
            addAction(QNameRule("whoami.test"), SetTagAction("asked", "who"))
            addAction(AndRule{TagRule("asked", "who"), QTypeRule("TXT"), TCPRule(false)},
                      PoolAction("second"))
            addLuaAction("l1.lua.test", function(dq)
              if dq.qtype == DNSQType.A then return DNSAction.Spoof, "192.0.2.9" end
              return DNSAction.Refused, ""
            end)
            addAction("tagged.test", LuaAction(function(dq)
              dq:setTag("late", "1")
              dq.pool = "second"
              return DNSAction.None
            end))
            addDelay("late.test", 300)
            addQPSLimit("limited.test", 1)
            addAction("limited.test", RCodeAction(DNSRCode.NOTIMP))
            addAction(AndRule{QNameSuffixRule{"flood.test"}, MaxQPSIPRule(2)}, TCAction())
            addAction("flood.test", RCodeAction(DNSRCode.REFUSED))
            addAction("slow.test", QPSPoolAction(1, "second"))
            addResponseAction(QNameRule("www.test"), SetMaxTTLResponseAction(5))
            addResponseAction("x.wild.test", DropResponseAction())
            addResponseAction("late.wild.test", DelayResponseAction(300))
            addResponseAction("no6.wild.test", ClearRecordTypesResponseAction(DNSQType.A))
            addResponseAction(TagRule("late", "1"), LuaResponseAction(function(dr)
              dr:editTTLs(function(section, class, type, ttl) return 3 end)
              return DNSResponseAction.None
            end))
            """
        }

        @Test func rulesDoWhatTheySay() async throws {
            let records = ["* TXT who", "late A 192.0.2.1", "tagged A 192.0.2.2"]
            let one = try await KnotServer(name: "one", records: records + ["slow TXT one"])
            let two = try await KnotServer(
                name: "two", records: records + ["pool A 192.0.2.3", "slow TXT two"])
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(Self.configuration(port, one: one, two: two))
            func ask(
                _ name: String, _ type: String = "A", overTCP: Bool = false
            ) async throws -> KdigReply {
                try await Kdig.query(
                    name, type: type, server: "127.0.0.1", port: port, overTCP: overTCP,
                    timeoutSeconds: 1)
            }
            let opening = try await ask("ns.test")
            try #require(opening.data == ["192.0.2.53"], "\(daemon.log)")

            for overTCP in [false, true] {
                let any = try await ask("www.test", "ANY", overTCP: overTCP)
                #expect(any.flags.contains("tc") != overTCP, "\(any)")
                #expect(any.answers.isEmpty != overTCP, "\(any)")
                #expect(try await ask("a.spoofed.test", overTCP: overTCP).data == ["192.0.2.1"])
                let six = try await ask("spoofed.test", "AAAA", overTCP: overTCP)
                #expect(six.data == ["2001:db8::1"])
                let alias = try await ask("alias.test", overTCP: overTCP)
                #expect(alias.answers.first?.data == "www.test.", "\(alias)")
                #expect(!(try await ask("a.dropped.test", overTCP: overTCP).isAnswered))
                let raw = try await ask("raw.test", "TXT", overTCP: overTCP)
                #expect(raw.data == ["\"abc\""] && raw.answers.first?.ttl == 7, "\(raw)")
                #expect(try await ask("pool.test", overTCP: overTCP).data == ["192.0.2.3"])
                let who = try await ask("whoami.test", "TXT", overTCP: overTCP)
                #expect(who.data == [overTCP ? "\"one\"" : "\"two\""], "\(who)")
                #expect(try await ask("l1.lua.test", overTCP: overTCP).data == ["192.0.2.9"])
                let refused = try await ask("l1.lua.test", "TXT", overTCP: overTCP)
                #expect(refused.status == "REFUSED", "\(refused)")
                let limited = try await ask("www.test", overTCP: overTCP)
                #expect(limited.answers.map(\.ttl) == [5], "\(limited)")
                #expect(!(try await ask("x.wild.test", overTCP: overTCP).isAnswered))
                let cleared = try await ask("no6.wild.test", overTCP: overTCP)
                #expect(cleared.status == "NOERROR" && cleared.answers.isEmpty, "\(cleared)")
                let tagged = try await ask("tagged.test", overTCP: overTCP)
                #expect(tagged.answers.map(\.ttl) == [3], "\(tagged)")
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await one.stop()
            await two.stop()
        }

        /// A delay is of answers over UDP alone, a rate of one client's address or of all.
        @Test func delaysAndRatesAreKept() async throws {
            let records = ["late A 192.0.2.1"]
            let one = try await KnotServer(name: "one", records: records + ["slow TXT one"])
            let two = try await KnotServer(name: "two", records: records + ["slow TXT two"])
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(Self.configuration(port, one: one, two: two))
            func ask(
                _ name: String, _ type: String = "A", overTCP: Bool = false
            ) async throws -> (reply: KdigReply, milliseconds: Double) {
                let clock = ContinuousClock()
                let start = clock.now
                let reply = try await Kdig.query(
                    name, type: type, server: "127.0.0.1", port: port, overTCP: overTCP,
                    timeoutSeconds: 2)
                return (reply, (clock.now - start) / .milliseconds(1))
            }
            for name in ["late.test", "late.wild.test"] {
                let delayed = try await ask(name)
                #expect(delayed.reply.answers.count == 1 && delayed.milliseconds >= 300)
            }
            // One a second at least is over the limit, whatever the machine is busy with.
            var verdicts: [String] = []
            for _ in 0..<6 where !verdicts.contains("no answer") {
                verdicts.append(try await ask("limited.test").reply.status)
            }
            #expect(verdicts.first == "NOTIMPL" && verdicts.contains("no answer"), "\(verdicts)")
            async let flood = withThrowingTaskGroup(of: KdigReply.self) { group in
                for _ in 0..<12 { group.addTask { try await ask("a.flood.test").reply } }
                var replies: [KdigReply] = []
                for try await reply in group { replies.append(reply) }
                return replies
            }
            let replies = try await flood
            #expect(replies.contains { $0.flags.contains("tc") }, "\(replies)")
            #expect(replies.contains { $0.status == "REFUSED" }, "\(replies)")
            let overTCP = try await ask("b.flood.test", overTCP: true)
            #expect(overTCP.reply.status == "REFUSED")
            async let spread = withThrowingTaskGroup(of: KdigReply.self) { group in
                for _ in 0..<12 { group.addTask { try await ask("slow.test", "TXT").reply } }
                var names: Set<String> = []
                for try await reply in group { names.formUnion(reply.data) }
                return names
            }
            #expect(try await spread == ["\"one\"", "\"two\""])
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await one.stop()
            await two.stop()
        }
    }
}
