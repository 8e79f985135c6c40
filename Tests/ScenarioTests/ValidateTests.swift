// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a table of names, a time or a warning that an operator cannot read or cannot find,
    /// and an exit status that does not fit it.
    struct ValidateTests {
        private static func run(
            _ text: String, _ options: String...
        ) async throws -> (status: Int32, output: String, errors: String, file: String) {
            let scratch = try ScratchDirectory("validate")
            let file = try scratch.write(text, to: "pharos.lua")
            let child = try ChildProcess(
                try PharosDaemon.binary(), ["validate", "-c", file] + options)
            let status = try await child.waitForExit(withinSeconds: 60)
            return (status, child.standardOutput, child.standardError, file)
        }

        static let good = """
            setLocal("127.0.0.1:5300")
            setVerbose(true)
            newServer{address = "192.0.2.1", wieght = 2}
            local fast = newCheck{name = "fast", interval = 1, timeout = 0.2, run = function()
                return dns.query{server = "192.0.2.1", name = "example.org"}.ok
            end}
            local slow = newCheck{name = "slow", interval = 10, fastInterval = 1, timeout = 2,
                rise = 1, fall = 2, targets = {"192.0.2.1", "192.0.2.2"}, targetsUp = 1,
                run = function(ctx) return dns.query{server = ctx.target, name = "a"}.ok end}
            newNeighbor{address = "192.0.2.9", peerAS = 1, localAS = 2, routerID = "192.0.2.8"}
            announce{prefixes = {"192.0.2.53/32", "192.0.2.54/32"}, when = {fast, slow}}
            announce{prefix = "192.0.2.55/32", when = "always"}
            """

        @Test func aFileThatIsTakenEndsWithItsTimesAndNames() async throws {
            let (status, output, errors, file) = try await Self.run(Self.good)
            #expect(status == 0 && errors.isEmpty, "\(errors)")
            let delay =
                " and reannounceDelay (nothing, with each further flap 10 s more up to 300 s)"
            let terms = "(interval 1 + timeout 0.2 + 2 × fastInterval 0.2)"
            let routes = "192.0.2.53/32 and 1 more: "
            #expect(
                output.split(separator: "\n").map(String.init) == [
                    "\(file): valid: 1 listener, 1 server, 2 checks, 1 neighbor, 3 routes",
                    routes + "a hang of \"fast\" is withdrawn after at most 1.6 s \(terms); it is"
                        + " announced again after at most 1.6 s \(terms)" + delay,
                    routes + "a hang of 2 of the 2 targets of \"slow\" is withdrawn after at most"
                        + " 14 s (interval 10 + timeout 2 + 1 × timeout 2); it is announced again"
                        + " after at most 12 s (interval 10 + timeout 2)" + delay,
                    routes + "any of the 2 will do: at most 1.6 to 14 s, by which of them hangs;"
                        + " when all of them do, at most 1.6 s; all must be up again: at most 12 s",
                    "192.0.2.55/32: no check withdraws it",
                    "names: 23 supported, 1 accepted without effect, 1 unknown",
                    "  without effect  setVerbose        use pharos run -v (\(file):2)",
                    "  unknown         newServer.wieght  did you mean 'weight'? (\(file):3)",
                ], "\(output)")
            let all = try await Self.run(Self.good, "--names").output
            #expect(all.contains("\n  supported       newServer.address ("), "\(all)")
        }

        @Test func aFileThatIsRefusedTellsAllOfIt() async throws {
            let (status, output, errors, file) = try await Self.run(
                "newSever{}\nnewServer{address = \"x\"}\nlocal y = nothing.z\naddACL(\"all\")\n")
            #expect(status == 1)
            #expect(
                errors.split(separator: "\n").map { $0.prefix(file.utf8.count + 3) }
                    == (1...4).map { "\(file):\($0):" }, "\(errors)")
            #expect(output.contains("\(file): refused: 4 errors\nnames: "), "\(output)")
            #expect(output.contains("newSever  did you mean 'newServer'? (\(file):1)"), "\(output)")
        }

        struct Report: Decodable {
            struct Message: Decodable {
                let file: String?
                let line: Int?
            }
            struct Gate: Decodable {
                let check: String
                let downAtMostSeconds: Double
            }
            struct Reaction: Decodable {
                let prefixes: [String]
                let gates: [Gate]
            }
            struct Name: Decodable { let name: String }
            struct Names: Decodable {
                let withoutEffect: [Name]
                let unknown: [Name]
            }
            let valid: Bool
            let errors: [Message]
            let reactions: [Reaction]
            let declared: [String: Int]
            let names: Names
        }

        private static func report(_ text: String) async throws -> Report {
            let result = try await run(text, "--json")
            return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        }

        @Test func itIsThereForProgramsToo() async throws {
            let good = try await Self.report(Self.good)
            #expect(good.valid && good.errors.isEmpty && good.declared["routes"] == 3)
            #expect(good.reactions.map(\.prefixes.count) == [2, 1])
            #expect(good.reactions[0].gates.map(\.check) == ["fast", "slow"])
            #expect(good.reactions[0].gates.map(\.downAtMostSeconds) == [1.6, 14])
            #expect(good.names.unknown.map(\.name) == ["newServer.wieght"])
            #expect(good.names.withoutEffect.map(\.name) == ["setVerbose"])
            let bad = try await Self.report("\nnewSever{}\n")
            #expect(!bad.valid && bad.errors.map(\.line) == [2])
        }

        @Test func aRunningDaemonWarnsOfAChecksOwnCache() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                getPool(""):setCache(newPacketCache(100))
                newCheck{name = "self", interval = 0.2, rise = 1, run = function()
                    return dns.query{server = "127.0.0.1:\(port)", name = "www.test"}.ok
                end}
                """)
            try await daemon.waitUntil("runs") { ($0.check("self")?.runs ?? 0) > 3 }
            let words = "check self asks 127.0.0.1:\(port), which this daemon itself answers;"
            let told = daemon.log.components(separatedBy: words).count - 1
            #expect(told == 1, "\(daemon.log)")
            #expect(await daemon.stop() == 0)
            await knot.stop()
        }
    }
}
