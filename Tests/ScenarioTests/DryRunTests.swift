// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a dry run that hides a change, calls something a change that is none, or does
    /// what it only should have told.
    struct DryRunTests {
        @Test func itNamesWhatChangesAndNothingElse() async throws {
            // Symptom: a new ACL and policy were "nothing would change", a new comment was a change.
            let listen = "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
            let rest = """
                local c = newCheck{name = "c", interval = 0.2, timeout = 0.1,
                    run = function(ctx) return true end}
                newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s", check = c}
                announce{prefix = "192.0.2.53/32", when = c, requireAddress = false,
                    rule = function(node) return true end}

                """
            let policy = """
                setServerPolicyLua("first", function(servers, dq) return servers[1] end)

                """
            let daemon = try await PharosDaemon(listen + policy + rest)

            try daemon.write("-- a comment\n\n" + listen + policy + "-- another\n" + rest)
            let moved = try await daemon.command("reload", "--dry-run")
            #expect(moved.status == 0)
            #expect(moved.output.contains("the declarations are the same"), "\(moved.output)")

            try daemon.write(
                listen + "setACL(\"10.0.0.0/8\")\nsetServerPolicy(roundrobin)\n" + rest)
            let changed = try await daemon.command("reload", "--dry-run")
            #expect(changed.status == 0)
            #expect(
                changed.output.split(separator: "\n").sorted() == ["~ acl", "~ policy"],
                "\(changed.output)")

            let status = try await daemon.status()
            #expect(status.generation == 1 && status.lastReload.count == 0)
            #expect(status.policy("first") != nil, "\(status.policies)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
