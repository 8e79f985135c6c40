// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Glibc
import Testing

@testable import Scripting

/// Would catch a file written for dnsdist 2.1 whose built-in policies return servers, one written for
/// 2.0 whose policies return indices, and an empty choice that breaks a script.
@Suite struct PolicyConventionTests {
    /// A file of its own, which is removed with the object.
    private final class ScriptFile {
        let path: String

        init(_ text: String) {
            path = "/tmp/pharos-convention-\(getpid())-\(UInt32.random(in: 0 ... .max)).lua"
            let file = fopen(path, "w")
            fputs(text, file)
            fclose(file)
        }

        deinit { unlink(path) }
    }

    private static let indexPolicy = """
        function indexed(servers, dq)
            local two = {servers[3], servers[2]}
            local index = leastOutstanding.policy(two, dq)
            if index == nil then return nil end
            assert(type(index) == "number", type(index))
            return index == 1 and 3 or 2
        end
        """

    /// The policy of the configuration itself stays with servers.
    private static func configuration(_ path: String, _ name: String) -> String {
        PlaneBench.threeServers + """
            dofile("\(path)")
            function server(servers, dq)
                local s = leastOutstanding.policy({servers[2], servers[3]}, dq)
                assert(type(s) == "table" and s.name ~= nil, type(s))
                return s
            end
            setServerPolicyLua("mine", function(servers, dq)
                if dq.qtype == DNSQType.TXT then return server(servers, dq) end
                return \(name)(servers, dq)
            end)
            """
    }

    @Test(arguments: [
        "-- A header.\n--  pharos: dnsdist-2.1\n", "policyReturns(\"index\")\n",
        "-- pharos: dnsdist-2.2.0 and later\n",
    ])
    func aFileMayAskForIndices(_ head: String) throws {
        let file = ScriptFile(head + Self.indexPolicy)
        let bench = try PlaneBench(Self.configuration(file.path, "indexed"))
        // The lowest order of the two it chose from.
        #expect(bench.call() == 1, "\(bench.plane.lastFaults)")
        #expect(bench.call(type: .txt) == 1, "\(bench.plane.lastFaults)")
        for handle in bench.handles { handle.setUpStatus(false) }
        #expect(bench.call() == PolicyResult.none)
        #expect(bench.call(type: .txt) == PolicyResult.none)
    }

    @Test(arguments: [
        "-- pharos: dnsdist-2.0\n", "local x = 1\n-- pharos: dnsdist-2.1\n", "-- dnsdist-2.1\n",
        "policyReturns(\"index\") policyReturns(\"server\")\n",
    ])
    func otherFilesGetServers(_ head: String) throws {
        let file = ScriptFile(
            head + """
                function objects(servers, dq)
                    local s = wrandom.policy({servers[2]}, dq)
                    assert(type(s) == "table", type(s))
                    return s
                end
                """)
        let bench = try PlaneBench(Self.configuration(file.path, "objects"))
        _ = bench.call()
        for handle in bench.handles { handle.setUpStatus(true) }
        #expect(bench.call() == 1, "\(bench.plane.lastFaults)")
    }

    @Test func theSwitchTakesTwoWords() {
        #expect(
            Fixture.refusal("\npolicyReturns('number')")
                == "test.lua:2: policyReturns: what must be \"index\" or \"server\", not 'number'")
    }

    /// dnsdist up to 2.0 returns a handle that reads as 0, false and "".
    @Test func noServerReadsAsNothing() throws {
        let bench = try PlaneBench(
            PolicyTests.policy(
                """
                local s = wrandom.policy({}, dq)
                assert(s and s.name == "" and s.order == 0 and s.weight == 0 and s.upStatus == false)
                assert(s:isUp() == false and s:getOutstanding() == 0 and s:getLatency() == 0)
                assert(s:getName() == "" and s:getNameWithAddr() == "" and s:getID() == "")
                s:setDown()
                if dq.qtype == DNSQType.TXT then return s end
                if dq.qtype == DNSQType.MX then return {s, servers[2]} end
                if dq.qtype == DNSQType.NS then return wrandom.policy({s}, dq) end
                return servers[3]
                """))
        #expect(bench.call() == 2, "\(bench.plane.lastFaults)")
        #expect(bench.call(type: .txt) == PolicyResult.none)
        #expect(bench.call(type: .mx) == 1)
        #expect(bench.call(type: .ns) == PolicyResult.error)
        #expect(
            bench.plane.lastFaults["mine"]?.message
                == "wrandom.policy: element 1 of the list is what a policy returned for no server")
    }
}
