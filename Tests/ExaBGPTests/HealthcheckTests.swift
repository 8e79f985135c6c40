// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import ExaBGP
import TestPeers
import Testing

/// The healthcheck's arguments and files. Would catch an option that is read as another.
struct HealthcheckTests {
    private let place = SourceLocation(file: "exabgp.conf", line: 7)

    private func options(
        _ arguments: [String], files: [String: String] = [:]
    ) throws -> HealthcheckOptions {
        try HealthcheckArguments.options(arguments, at: place) { files[$0] }
    }

    @Test(arguments: [
        (["python3", "-m", "exabgp", "healthcheck", "-s"], ["-s"]),
        (["/usr/bin/python3.11", "-u", "-m", "exabgp", "healthcheck"], []),
        (["/usr/bin/env", "PYTHONPATH=/x", "python", "-m", "exabgp", "healthcheck", "a"], ["a"]),
        (["/usr/sbin/exabgp", "healthcheck", "--rise", "1"], ["--rise", "1"]),
        (["/etc/exabgp/healthcheck.py", "--ip", "192.0.2.1"], ["--ip", "192.0.2.1"]),
        (["python3", "/usr/lib/exabgp/healthcheck", "-d"], ["-d"]),
    ])
    func aRunLineOfTheHealthcheckIsRecognised(_ run: [String], _ arguments: [String]) {
        #expect(HealthcheckArguments.recognise(run) == arguments)
    }

    @Test(arguments: [
        ["python3", "-m", "exabgp", "server"], ["/usr/local/bin/nameserver_watchdog"], [],
        ["python3"], ["perl", "/etc/exabgp/healthcheck.pl"], ["/usr/bin/socat", "stdout"],
        ["python3", "-m", "http.server"],
    ])
    func otherProgramsAreNot(_ run: [String]) {
        #expect(HealthcheckArguments.recognise(run) == nil)
    }

    @Test func defaultsAreThoseOfTheApplication() throws {
        let options = try options([])
        #expect(options.interval == 5 && options.fastInterval == 1 && options.timeout == 5)
        #expect(options.rise == 3 && options.fall == 3)
        #expect(options.upMetric == 100 && options.downMetric == 1_000)
        #expect(options.disabledMetric == 500 && options.increase == 1)
        #expect(options.nextHop == .`self` && !options.withdrawsOnDown && options.setsUpAddresses)
    }

    @Test func everyFormOfAnOptionIsRead() throws {
        let options = try options([
            "-sd", "-i5.5", "-t", "2", "--fast=0.5", "-n=dns", "--cmd", "dig -x 192.0.2.1",
            "--ip", "192.0.2.53", "--ip=192.0.2.54/32", "--ip-ifname", "192.0.2.55/32%dummy0",
            "--no-ip", "--withdraw", "--community", "65000:1,65000:2 no-export",
            "--disabled-community", "[ 65000:9 ]", "--large-community", "1:2:3", "--neighbor", "*",
            "--as-path", "65000 65000", "--next-hop", "192.0.2.9", "--disable", "/run/off",
            "--execute", "a b", "--user", "nobody", "--local-preference", "50",
        ])
        #expect(options.interval == 5.5 && options.timeout == 2 && options.fastInterval == 0.5)
        #expect(options.name == "dns" && options.command == "dig -x 192.0.2.1")
        #expect(
            options.addresses.map(\.prefix.description)
                == ["192.0.2.53/32", "192.0.2.54/32", "192.0.2.55/32"])
        #expect(options.addresses.last?.interface == "dummy0")
        #expect(!options.setsUpAddresses && options.withdrawsOnDown)
        #expect(
            options.communities.map(\.description) == ["65000:1", "65000:2", "65535:65281"])
        #expect(options.disabledCommunities.map(\.description) == ["65000:9"])
        #expect(options.asPath == [65_000, 65_000] && options.neighbors.isEmpty)
        #expect(options.disableFile == "/run/off" && options.execute == ["a b"])
        #expect(options.localPreference == 50)
        #expect(options.processOptions == ["silent", "debug", "user nobody"])
    }

    @Test func aFileComesBeforeTheLine() throws {
        let file =
            "# comment\nname = dns\ninterval=10\ncommand = test a = b\nno-ip-setup\n\nrise = 9"
        let options = try options(
            ["--config", "/etc/hc.conf", "--rise", "2"], files: ["/etc/hc.conf": file])
        #expect(options.name == "dns" && options.interval == 10 && options.rise == 2)
        #expect(options.command == "test a = b" && !options.setsUpAddresses)
    }

    @Test(arguments: [
        (["--rise", "x"], "rise 'x' is not like"), (["--rise"], "'rise' has no value"),
        (["--ris", "1", "--disab", "x"], "could be disable"), (["--nope"], "no option 'nope'"),
        (["--intervall", "3"], "did you mean 'interval'?"), (["-x"], "no option '-x'"),
        (["stray"], "'stray' is no option"), (["--debug=1"], "takes no value"),
        (["--ip", "192.0.2.1/24"], "host bits"), (["--config", "/none"], "cannot be read"),
        (["--neighbor", "router"], "is not like 192.0.2.1"), (["--timeout", "0"], "is not like"),
    ])
    func aWrongOptionIsToldWithTheLine(_ arguments: [String], _ words: String) {
        let fault = #expect(throws: ExaBGPFault.self) { try options(arguments) }
        #expect(fault?.location == place)
        #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "")")
    }

    @Test func aFaultOfTheFileIsToldWithItsOwnLine() {
        let fault = #expect(throws: ExaBGPFault.self) {
            try HealthcheckFile.checks("name = a\nriise = 3\n", file: "hc.conf")
        }
        #expect(fault?.description.hasPrefix("hc.conf:2: ") == true)
        #expect(fault?.message.contains("did you mean 'rise'?") == true)
    }

    @Test func sectionsAreChecksOfHealthcheckPL() throws {
        let checks = try HealthcheckFile.checks(
            """
            interval = 4
            [dns1]
            nexthop=192.0.2.230
            command="dig @192.0.2.235 example.org a +short"
            ip=192.0.2.235
            ip=2001:db8:5301::/64
            disable=/etc/exabgp/dns1.disable
            [dns2]
            ; a comment
            metric=200
            ip=192.0.2.236
            debug=1
            """, file: "hc.conf")
        #expect(checks.map(\.name) == ["dns1", "dns2"])
        #expect(checks[0].dialect == .perl && checks[0].withdrawsOnDown)
        #expect(checks[0].interval == 4 && checks[0].timeout == 2)
        #expect(checks[0].rise == 5 && checks[0].fall == 3 && checks[0].upMetric == 100)
        #expect(checks[0].command == "dig @192.0.2.235 example.org a +short")
        #expect(
            checks[0].addresses.map(\.prefix.description)
                == ["192.0.2.235/32", "2001:db8:5301::/64"])
        #expect(checks[0].disableFile == "/etc/exabgp/dns1.disable")
        #expect(checks[1].upMetric == 200 && checks[1].location.line == 8)
    }

    @Test func theSecondArticlesSectionIsReadAsItStands() throws {
        let text = PublishedArticles.healthcheck
        let check = try #require(try HealthcheckFile.checks(text, file: "healthcheck.conf").first)
        #expect(check.name == "dns1v4")
        #expect(check.command == "dig @192.160.102.235 a.root-servers.net. a +short")
        #expect(check.addresses.map(\.prefix.description) == ["192.160.102.235/32"])
        #expect(check.disableFile == "/etc/exabgp/healthcheck_dns1v4.disable")
        #expect(check.nextHop == .address(try #require(IPAddress("192.160.102.230"))))
    }
}
