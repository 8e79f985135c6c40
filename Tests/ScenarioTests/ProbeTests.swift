// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a combined check of which nobody can see which part is down, and processes or
    /// connections of checks that outlive the daemon.
    struct ProbeTests {
        @Test func theBranchesOfACombinationAreATree() async throws {
            let knot = try await KnotServer(name: "one")
            let dead = try FreePorts.next()
            let scratch = try ScratchDirectory("branches")
            let file = try scratch.write(
                """
                local function ask(port)
                    return function()
                        return dns.query{server = "127.0.0.1:" .. port, name = "www.test"}.ok
                    end
                end
                newCheck{name = "both", timeout = 0.4, run = function(ctx)
                    return check.quorum(2, {
                        alive = ask(\(knot.port)), dead = ask(\(dead)), known = true,
                        pair = function() return check.all{ask(\(knot.port)), {score = 0.5}} end,
                        slow = function() sleep(0.3) return true end,
                    })
                end}
                """, to: "pharos.lua")
            let child = try ChildProcess(
                try PharosDaemon.binary(), ["probe", "-c", file, "both"])
            #expect(try await child.waitForExit(withinSeconds: 20) == 0, "\(child.output)")
            // Times are not the same twice.
            let lines = child.output.split(separator: "\n").map {
                $0.replacing(/\[[0-9.]+ s\]/, with: "[t]")
                    .replacing(/after [0-9.]+ s/, with: "after t")
                    .replacing(/:[0-9]{4,5}\b/, with: ":p")
            }
            let alive = "dns.query 127.0.0.1:p www.test. A -> NOERROR, 1 answer [t]"
            #expect(
                lines.contains { $0.hasPrefix("  check.quorum of 5 -> 2 of 5 up") },
                "\(child.output)")
            let head = try #require(lines.firstIndex { $0.hasPrefix("  check.quorum of 5") })
            #expect(lines.contains("    known: up"), "\(child.output)")
            #expect(lines.contains { $0.hasPrefix("    slow: ") }, "\(child.output)")
            let place = try #require(lines.firstIndex(of: "    alive: up [t]"))
            #expect(place > head && lines[place + 1] == "      " + alive, "\(child.output)")
            #expect(
                lines.contains { $0.hasPrefix("    dead: down: dns.query 127.0.0.1:p: connection") }
                    || lines.contains { $0.hasPrefix("    dead: not waited for") },
                "\(child.output)")
            #expect(lines.last?.hasPrefix("both: up") == true, "\(child.output)")
            await knot.stop()
        }

        @Test func theProcessesOfChecksEndWithTheDaemon() async throws {
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                newCheck{name = "long", interval = 30, timeout = 20, run = function(ctx)
                    exec.shell("echo $$ > pid; setsid sleep 29.75 & wait")
                    return true
                end}
                """.replacing("> pid", with: "> \(Self.pidFile)"))
            let text = try await eventually("the process", withinSeconds: 5) {
                (try? await Program.output("cat", [Self.pidFile])).flatMap {
                    $0.isEmpty ? nil : $0.filter(\.isNumber)
                }
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            try await eventually("its end", withinSeconds: 5) {
                let shell = try? await Program.output("cat", ["/proc/\(text)/stat"])
                let child = try await Program.output(
                    "pgrep", ["-f", "^sleep 29.75$"], statuses: [0, 1])
                return shell == nil && child.isEmpty
            }
            _ = try await Program.output("rm", ["-f", Self.pidFile])
        }

        private static let pidFile = "/tmp/pharos-probe-tests-\(UInt32.random(in: 1 ... .max))"
    }
}
