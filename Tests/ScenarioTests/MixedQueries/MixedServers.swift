// SPDX-License-Identifier: Apache-2.0

import TestPeers

/// The real servers that answer the mixed queries: Knot with zones of every sort, and Unbound in front
/// of it, which answers the same each time it is asked.
final class MixedServers: Sendable {
    let authority: UInt16
    let resolver: UInt16
    private let scratch: ScratchDirectory
    private let knot: ChildProcess
    private let unbound: ChildProcess

    init() async throws {
        authority = try FreePorts.next()
        resolver = try FreePorts.next()
        scratch = try ScratchDirectory("mixed")
        for (name, text) in Self.zones { try scratch.write(text, to: "\(name).zone") }
        let knotFile = try scratch.write(
            Self.knotConfiguration(scratch.path, authority), to: "knot.conf")
        knot = try ChildProcess("knotd", ["-c", knotFile])
        let unboundFile = try scratch.write(
            Self.unboundConfiguration(scratch.path, resolver, authority), to: "unbound.conf")
        unbound = try ChildProcess("unbound", ["-d", "-c", unboundFile])
        for (name, port) in [("www.signed.test", authority), ("www.rec.test", resolver)] {
            try await eventually(
                "answer for \(name)", withinSeconds: 15,
                otherwise: self.knot.output + self.unbound.output
            ) {
                try await Kdig.query(name, server: "127.0.0.1", port: port, timeoutSeconds: 1)
                    .status == "NOERROR"
            }
        }
    }

    func stop() async {
        await unbound.stop()
        await knot.stop()
    }

    /// Options and questions about who answers go through as they do with dnsdist, which has no such
    /// call.
    private let anonymous = """
        if setServerIdentity then
          setServerIdentity{id=false, hostname=false, version=false, nsid=false, forwardChaos=true}
        end
        """

    /// The declarations that both daemons load. `cached` puts a cache before each pool, and leaves
    /// Pharos its own identity.
    func configuration(cached: Bool) -> String {
        let pools = ["", "recursive", "subnet"]
        let caches = pools.map {
            "getPool(\"\($0)\"):setCache(newPacketCache(100000, {cookieHashing = true}))"
        }
        return """
            newServer{address="127.0.0.1:\(authority)", name="authority"}
            newServer{address="127.0.0.1:\(resolver)", name="resolver", pool="recursive",
              checkName="www.rec.test"}
            newServer{address="127.0.0.1:\(authority)", name="subnet", pool="subnet",
              useClientSubnet=true}
            addAction("rec.test", PoolAction("recursive"))
            addAction("ecs.test", PoolAction("subnet"))
            addAction("refused.rule.test", RCodeAction(DNSRCode.REFUSED))
            addAction("nx.rule.test", RCodeAction(DNSRCode.NXDOMAIN, {aa=true}))
            addAction("spoof.rule.test", SpoofAction({"192.0.2.7", "2001:db8::7"}, {ttl=7}))
            addAction("alias.rule.test", SpoofCNAMEAction("a1.mix.test"))
            addAction("raw.rule.test", SpoofRawAction("\\003abc"))
            addAction("drop.rule.test", DropAction())
            addAction("tc.rule.test", TCAction())
            addAction("nord.rule.test", SetNoRecurseAction())
            addAction("nodo.rule.test", SetDisableValidationAction())
            \(cached ? caches.joined(separator: "\n") : anonymous)

            """
    }

    // MARK: - What they serve

    private static let zones: [(name: String, text: String)] = [
        ("mix.test", mix), ("signed.test", signed), ("ecs.test", small), ("rec.test", small),
        ("rule.test", rule), ("2.0.192.in-addr.arpa", reverse),
    ]

    private static let head = "$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns.mix.test.\n"

    private static func text(_ name: String, octets: Int) -> String {
        (0..<octets / 100).map {
            "\(name) TXT \"\(String(repeating: "x", count: 80))\($0 + 100)\""
        }.joined(separator: "\n")
    }

    private static let small =
        head + """
            www A 192.0.2.1
            www A 192.0.2.2
            www AAAA 2001:db8::1
            txt TXT "some text" "more"
            c1 CNAME www
            \(text("big", octets: 1_900))

            """

    private static let rule =
        head + "nord A 192.0.2.1\nnodo A 192.0.2.2\nspoof TXT \"not spoofed\"\n"

    private static let signed =
        head + "www A 192.0.2.1\ntxt TXT \"signed\"\n*.wild A 192.0.2.3\n"

    private static let reverse =
        head + "1 PTR a1.mix.test.\n2 PTR a2.mix.test.\n2 PTR a3.mix.test.\n"

    private static var mix: String {
        var lines = [
            head, "@ MX 10 mail", "@ MX 20 mail.other.test.", "@ TXT \"v=spf1 -all\"",
            "@ CAA 0 issue \"ca.test\"", "ns A 192.0.2.53", "ns AAAA 2001:db8::53",
            "mail A 192.0.2.25", "txt TXT \"one\" \"two\"", "txt TXT \"\"",
            "_sip._tcp SRV 1 2 5060 a1", "_sip._tcp SRV 1 3 5060 a2",
            "caa CAA 0 issue \";\"", "caa CAA 128 iodef \"mailto:x@mix.test\"",
            "types NAPTR 1 2 \"s\" \"SIP+D2U\" \"\" _sip._tcp", "types SSHFP 1 1 \(hex(20))",
            "types TLSA 3 1 1 \(hex(32))", "types LOC 52 22 23.000 N 4 53 32.000 E -2.00m",
            "types HINFO \"cpu\" \"os\"", "types TYPE65 \\# 3 000100",
            "u1 TYPE65280 \\# 4 01020304", "u1 TYPE1234 \\# 0",
            "empty.nonterminal A 192.0.2.9", "*.wild A 192.0.2.81", "*.wild TXT wild",
            "*.wild MX 5 mail", "*.wc CNAME a1", "dname DNAME target.mix.test.",
            "x.target A 192.0.2.90", "cout CNAME www.elsewhere.example.", "cgone CNAME gone",
            "loop1 CNAME loop2", "loop2 CNAME loop1", "deleg NS ns.deleg", "ns.deleg A 192.0.2.54",
            "secure NS ns.deleg", "secure DS 1 13 2 \(hex(32))", "sp\\032ace A 192.0.2.60",
            "under_score A 192.0.2.61", "s*ar A 192.0.2.62", "x--y A 192.0.2.63",
            "upper A 192.0.2.64", "sl/ash A 192.0.2.65",
        ]
        for number in 0..<20 {
            lines += (0...number % 4).map { "a\(number) A 192.0.2.\(100 + number + $0)" }
            if number % 2 == 0 { lines.append("a\(number) AAAA 2001:db8::\(number)") }
        }
        lines += (1...9).map { $0 == 9 ? "c9 CNAME a1" : "c\($0) CNAME c\($0 + 1)" }
        for size in [600, 1_300, 2_000, 4_500, 20_000] {
            lines.append(text("big\(size)", octets: size))
        }
        lines += (0..<150).map { "many A 10.0.0.\($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func hex(_ octets: Int) -> String {
        (0..<octets).map { String(0x10 + $0 % 0x70, radix: 16) }.joined()
    }

    private static func knotConfiguration(_ folder: String, _ port: UInt16) -> String {
        let plain = zones.filter { $0.name != "signed.test" }
        return """
            server:
                listen: 127.0.0.1@\(port)
                rundir: "\(folder)"
                pidfile: "\(folder)/knot.pid"
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
                udp-max-payload: 4096
                edns-client-subnet: on
                nsid: "authority"
                identity: "authority"
                version: "a version"
                tcp-idle-timeout: 20
            database:
                storage: "\(folder)"
            log:
              - target: stderr
                any: warning
            acl:
              - id: anyone
                address: 127.0.0.1
                action: transfer
            template:
              - id: default
                storage: "\(folder)"
                global-module: mod-cookies
                acl: anyone
            zone:
            \(plain.map { "  - domain: \($0.name).\n    file: \"\($0.name).zone\"" }
                .joined(separator: "\n"))
              - domain: broken.test.
                file: "there-is-no-such-file.zone"
              - domain: signed.test.
                file: "signed.test.zone"
                dnssec-signing: on

            """
    }

    private static func unboundConfiguration(
        _ folder: String, _ port: UInt16, _ authority: UInt16
    ) -> String {
        """
        server:
            interface: 127.0.0.1@\(port)
            username: ""
            chroot: ""
            directory: "\(folder)"
            pidfile: "\(folder)/unbound.pid"
            use-syslog: no
            num-threads: 1
            incoming-num-tcp: 2000
            do-ip6: no
            do-not-query-localhost: no
            module-config: "iterator"
            rrset-roundrobin: no
            serve-expired: no
            qname-minimisation: no
            edns-buffer-size: 4096
            access-control: 127.0.0.0/8 allow
            identity: "resolver"
            version: "a version"
            local-zone: "." static
            local-zone: "rec.test." transparent
            local-zone: "local.rec.test." static
            local-data: "local.rec.test. 300 SOA ns admin 1 2 3 4 60"
            local-data: "a.local.rec.test. 300 A 192.0.2.70"
            local-data: "a.local.rec.test. 300 AAAA 2001:db8::70"
            local-zone: "refuse.rec.test." refuse
            local-zone: "redirect.rec.test." redirect
            local-data: "redirect.rec.test. 300 A 192.0.2.71"
            local-zone: "deny.rec.test." deny
        remote-control:
            control-enable: no
        stub-zone:
            name: "rec.test."
            stub-addr: 127.0.0.1@\(authority)

        """
    }
}
