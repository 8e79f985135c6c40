// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a script that goes wrong in a policy, a check, a command, a test or a reload and
    /// takes a query, another script or the process with it, or that nobody can find afterwards.
    struct MisbehaviourTests {
        /// Ways to go wrong, each by a name that the policy finds in a query; `words` are a check's.
        private static let ways: [(name: String, body: String, words: String)] = [
            ("typo", "infolgo('x')", "there is no function 'infolgo'; did you mean 'infolog'?"),
            ("table", "error({code = 3})", "raised a table: {code = 3}"),
            ("nothing", "error(nil)", "raised nil: error was called without a message"),
            ("absent", "return nothing.there", "attempt to index a nil value (global 'nothing')"),
            ("text", "return 'one' + 1", "attempt to add a 'string' with a 'number'"),
            ("deep", "local function f() return 1 + f() end return f()", ""),
            (
                "index",
                "local t t = setmetatable({}, {__index = function(_, k) return t[k] end}) local x = t.x",
                "something calls itself without end"
            ),
            ("gigabyte", "local x = ('x'):rep(1 << 30)", "string.rep: the result would be longer"),
            ("pattern", "local x = (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(31))", ""),
            (
                "coroutine", "coroutine.wrap(function() while true do end end)()",
                "used up its budget"
            ),
            (
                "handler", "xpcall(error, function() while true do end end) while true do end",
                "used up its budget"
            ),
            (
                "format", "local x = string.format('%99999999d', 1)",
                "invalid conversion specification"
            ),
            ("finaliser", "setmetatable({}, {__gc = print})", "__gc is not available"),
        ]

        @Test func everyWayToGoWrongCostsOnlyItself() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let configuration = Self.configuration(knot, port)
            let daemon = try await PharosDaemon(configuration)
            try await daemon.waitUntil("the good check") { $0.check("good")?.state == "up" }
            let load = try Dnsperf(
                server: "127.0.0.1", port: port, seconds: 12, queriesPerSecond: 150,
                queries: ["www.test A"] + Self.ways.map { "\($0.name).wild.test A" })

            for way in Self.ways {
                let command = try await daemon.command("exec", way.body)
                #expect(command.status == 1, "\(way.name): \(command)")
                #expect(command.output.contains("exec:1: "), "\(way.name): \(command)")
                try daemon.write(configuration + "\(way.body)\n")
                let reload = try await daemon.command("reload")
                #expect(reload.status == 1, "\(way.name): \(reload)")
                #expect(reload.output.contains("pharos.lua:"), "\(way.name): \(reload)")
                #expect(reload.output.contains(way.words), "\(way.name): \(reload)")
            }
            let result = try await load.result()
            // Those on which the policy fails are answered by the fallback.
            #expect(result.lost == 0, "\(result)\n\(daemon.log)")
            #expect(result.responseCodes == ["NOERROR": result.completed], "\(result)")

            // One that keeps control's thread runs seldom, and a run that control was late for is not
            // counted.
            let status = try await daemon.waitUntil("every check's fault", withinSeconds: 30) {
                status in
                Self.ways.allSatisfy { status.check($0.name)?.state == "error" }
            }
            #expect(status.generation == 1)
            for way in Self.ways {
                let check = status.check(way.name)
                #expect(check?.state == "error", "\(way.name): \(String(describing: check))")
                #expect(check?.detail.contains("pharos.lua:") == true, "\(way.name)")
                #expect(check?.detail.contains(way.words) == true, "\(String(describing: check))")
            }
            #expect(status.check("good")?.state == "up")
            #expect((status.policy("wild")?.fallbacks ?? 0) > 0)
            #expect(daemon.log.contains("policy wild failed, the fallback answers: "))
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 3) == ["one": 3])
            #expect(await daemon.stop() == 0)
            await knot.stop()
        }

        /// Each check goes wrong from its second run on, so that the file is taken.
        private static func configuration(_ knot: KnotServer, _ port: UInt16) -> String {
            let policy = ways.map {
                "wild['\($0.name)'] = function() \($0.body) end\n"
            }.joined()
            let checks = ways.map {
                """
                local runs_\($0.name) = 0
                newCheck{name = "\($0.name)", interval = 0.5, timeout = 0.2, rise = 1, run = function()
                    runs_\($0.name) = runs_\($0.name) + 1
                    if runs_\($0.name) > 1 then \($0.body) end
                    return true
                end}

                """
            }.joined()
            return """
                setScriptLimits{loadTime = 1}
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                wild = {}
                \(policy)
                setServerPolicyLua("wild", function(servers, dq)
                    local label = dq.qname:toString():match("^[^.]*")
                    if wild[label] then wild[label]() end
                    return servers[1]
                end)
                \(checks)
                newCheck{name = "good", interval = 0.2, timeout = 0.2, rise = 1, run = function(ctx)
                    return dns.query{server = "\(knot.endpoint)", name = "www.test"}.ok
                end}

                """
        }
    }
}
