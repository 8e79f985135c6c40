// SPDX-License-Identifier: Apache-2.0

import Declarations
import ExaBGP
import Foundation
import Testing

@testable import Scripting

/// Configurations of ExaBGP run by `exabgp{…}` and printed by `pharos import`. Would catch a route or
/// neighbour that gets lost on the way, a place that points elsewhere, two ways that differ.
struct ExaBGPNamesTests {
    @Test func thereAreTwentyFive() {
        #expect(ExaBGPFixture.all.count == 25)
    }

    /// The last line of a file that is refused: `refused LINE WORDS`.
    @Test(arguments: ExaBGPFixture.all)
    func declaresWhatIsWrittenBesideIt(_ fixture: ExaBGPFixture) throws {
        let expected = fixture.declared
        let text = "exabgp{config = \"\(fixture.path)\"}"
        if expected.contains(where: { $0.hasPrefix("refused") }) {
            let refusal = Fixture.refusal(text)
            for line in expected {
                let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
                #expect(refusal.contains("\(fixture.path):\(parts[1]): \(parts[2])"), "\(refusal)")
            }
            return
        }
        let lines = fixture.lines(try Fixture.configuration(text))
        #expect(lines == expected, "\(lines.joined(separator: "\n"))")
    }

    @Test(arguments: ExaBGPFixture.all)
    func importPrintsTheSame(_ fixture: ExaBGPFixture) throws {
        guard
            let translation = try? PharosTranslation(
                ExaBGPConfiguration(fixture.text, file: fixture.path))
        else {
            #expect(fixture.declared.allSatisfy { $0.hasPrefix("refused") })
            return
        }
        let imported = try Fixture.configuration(translation.text(of: fixture.path))
        let run = try Fixture.configuration("exabgp{config = \"\(fixture.path)\"}")
        func withoutPlaces(_ lines: [String]) -> [String] {
            lines.map { $0.replacing(/^(neighbor|route|helper|check):\d+/) { "\($0.1)" } }
        }
        #expect(
            withoutPlaces(fixture.lines(imported)) == withoutPlaces(fixture.lines(run)))
    }

    @Test func whatIsOutOfScopeIsRefusedByNameWithItsLine() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.write(
            "exabgp.conf",
            """
            neighbor 192.0.2.1 {
              local-address 192.0.2.10; local-as 65101; peer-as 65100;
              flow { route x { } }
              static { route 0.0.0.0/0 next-hop self; }
            }
            """)
        let refusal = Fixture.refusal("\n\nexabgp{config = \"\(file)\"}")
        #expect(
            refusal.contains("test.lua:3: exabgp: \(file):3: 'flow' is out of scope"), "\(refusal)")
        let other = try scratch.write(
            "default.conf",
            "neighbor 192.0.2.1 {\nlocal-address 192.0.2.10; local-as 65101; peer-as 65100;\n"
                + "static {\nroute 0.0.0.0/0 next-hop self;\n}\n}\n")
        let second = Fixture.refusal("exabgp{config = \"\(other)\"}")
        #expect(second.contains("\(other):4: route 0.0.0.0/0 is the default route"), "\(second)")
    }

    @Test func aConflictWithTheRestOfTheFileNamesBothPlaces() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.write(
            "exabgp.conf",
            "neighbor 192.0.2.1 {\nlocal-address 192.0.2.10; local-as 65101; peer-as 65100;\n"
                + "static {\nroute 192.0.2.53 next-hop self;\n}\n}\n")
        let refusal = Fixture.refusal(
            "exabgp{config = \"\(file)\"}\n"
                + "announce{prefix = \"192.0.2.53/32\", when = \"always\"}")
        #expect(refusal.contains("test.lua:2"), "\(refusal)")
        #expect(refusal.contains("already, at \(file):4"), "\(refusal)")
    }

    @Test(arguments: [
        ("exabgp{confg = 'x'}", "unknown key 'confg'; did you mean 'config'?"),
        ("exabgp{}", "exabgp: config is missing"),
        ("exabgp{config = '/nowhere/exabgp.conf'}", "/nowhere/exabgp.conf"),
        ("newHelper{name = 'h'}", "newHelper: run is missing"),
        ("newHelper{run = 'h'}", "newHelper: name is missing"),
        ("newHelper{name='h', run='x', version='6'}", "version must be one of"),
        ("newHelper{name='h', run='x', neighbors='192.0.2.1'}", "is not a neighbor declared above"),
        ("newHelper{name='h', run='x'} newHelper{name='h', run='y'}", "already, at test.lua:1"),
        (
            "announce{prefix='192.0.2.1/32', watchdog='w', when='always'}",
            "watchdog must be a name, in place of when"
        ),
        (
            "announce{prefix='192.0.2.1/32', startsWithdrawn=true, when='always'}",
            "startsWithdrawn needs watchdog"
        ),
    ])
    func wrongArgumentsAreNamed(_ text: String, _ words: String) {
        let refusal = Fixture.refusal(text)
        #expect(refusal.contains(words), "\(refusal)")
        #expect(refusal.contains("test.lua:1"), "\(refusal)")
    }

    @Test func aHealthcheckBecomesACheckAndRoutes() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.write(
            "exabgp.conf",
            """
            process dns {
              run python3 -m exabgp healthcheck --cmd "dig @127.0.0.1 example.org" --ip 192.0.2.53/32 --ip 192.0.2.54/32 --no-ip-setup --withdraw-on-down --rise 2 --fall 4 --disable /tmp/off --community 65101:1;
            }
            neighbor 192.0.2.1 {
              local-address 192.0.2.10; local-as 65101; peer-as 65100;
              api { processes [ dns ]; }
            }
            """)
        let native = try Fixture.configuration("exabgp{config = \"\(file)\"}")
        #expect(native.helpers.isEmpty)
        let check = try #require(native.checks.first)
        #expect(check.name == "dns" && check.rise == 2 && check.fall == 4)
        #expect(check.disableFile == "/tmp/off" && check.intervalMilliseconds == 5_000)
        #expect(check.location == SourceLocation(file: file, line: 1))
        #expect(native.announcements.map(\.attributes.med) == [100, 101])
        #expect(native.announcements.allSatisfy { $0.condition == .checks(["dns"]) })
        #expect(native.announcements.allSatisfy { $0.requiredAddress == nil })
        let program = try Fixture.configuration(
            "exabgp{config = \"\(file)\", nativeHealthcheck = false}")
        #expect(program.checks.isEmpty && program.announcements.isEmpty)
        #expect(program.helpers.map(\.name) == ["dns"])
    }

    /// Without `--withdraw-on-down` it is announced in every state, and not before the first one.
    @Test func aHealthcheckSaysEachStateByItsMetric() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.write(
            "exabgp.conf",
            """
            process dns {
              run exabgp healthcheck --cmd true --ip 192.0.2.53/32 --no-ip-setup --up-metric 10 --down-metric 900 --disabled-metric 500 --disabled-community 65101:9;
            }
            neighbor 192.0.2.1 {
              local-address 192.0.2.10; local-as 65101; peer-as 65100;
              api { processes [ dns ]; }
            }
            """)
        let generation = try Fixture.build("exabgp{config = \"\(file)\"}")
        func metric(_ state: String, isUp: Bool = false) -> String {
            var view = NodeView(name: "node1")
            view.checks = ["dns": .init(isUp: isUp, state: state, score: 1, detail: "", since: 0)]
            switch generation.control.evaluateRule(0, node: view) {
            case .announce(let attributes):
                return "\(attributes.med ?? 0)"
                    + attributes.communities.map { " \($0)" }.joined()
            case .withdraw: return "none"
            case .failed(let fault): return "\(fault)"
            }
        }
        #expect(metric("unknown") == "none" && metric("rising") == "none")
        #expect(metric("up", isUp: true) == "10" && metric("falling", isUp: true) == "10")
        #expect(metric("down") == "900 65101:9" && metric("rising") == "900 65101:9")
        #expect(metric("disabled") == "500 65101:9")
    }

    @Test func theIniOfHealthcheckPlBecomesChecks() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.write(
            "healthcheck.conf",
            """
            [global]
            interval=2
            timeout=1
            metric=50
            rise=2
            [dns1v4]
            nexthop=192.0.2.230
            command="dig @192.0.2.235 example.org +short"
            ip=192.0.2.235
            disable=/tmp/dns1v4.disable
            """)
        let configuration = try Fixture.configuration(
            """
            newNeighbor{address = "192.0.2.1", localAS = 65001, peerAS = 65001}
            healthcheck{config = "\(file)"}
            """)
        #expect(configuration.checks.map(\.name) == ["dns1v4"])
        let route = try #require(configuration.announcements.first)
        #expect(route.attributes.med == 50 && route.condition == .checks(["dns1v4"]))
        #expect("\(route.attributes.nextHop)".contains("192.0.2.230"))
        #expect(configuration.checks.first?.location.file == file)
    }
}
