// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

/// Would catch: maintenance that clients notice, and a file that takes a fleet down at once.
struct OperatorDayTests {
    /// Patch Sunday: a node leaves, is rebooted, stays away until its operator says otherwise.
    @Test func aNodeIsDrainedRebootedAndUndrainedAndNoQueryFails() async throws {
        let laboratory = try await Laboratory(nodes: 2)
        let node = laboratory.nodes[0]
        let clients = LaboratoryClients(in: laboratory.clients, asking: Laboratory.service)
        let (start, others) = (Date(), try await laboratory.updateCounts()[1])
        try await eventually("a hundred queries", withinSeconds: 10) {
            clients.failures(since: start).asked >= 100
        }

        let drained = try await node.daemon.command(
            "drain", "--wait", "--grace", "1s", "--quiet", "1s", "--reason", "patch Sunday")
        #expect(drained.status == 0, "\(drained.output)")
        try await laboratory.waitForNodes([2])
        try await node.reboot()
        #expect(
            laboratory.router.log.split(separator: "\n").contains {
                $0.contains("node1: Received: Administrative shutdown")
                    && $0.contains("pharos")
            }, "\(laboratory.router.log)")

        // Up again, its session and its checks too, and still drained.
        let waiting = try await node.daemon.waitUntil("the node's return") {
            $0.neighbors.first?.state == "Established" && $0.check("service")?.state == "up"
        }
        let route = try #require(waiting.route("\(Laboratory.service)/32"))
        #expect(!route.announced && route.reason.contains("drained"), "\(route)")
        let shown = try await node.daemon.command("status").output
        #expect(shown.contains("patch Sunday"), "\(shown)")
        #expect(laboratory.routes.now == [2])

        let undrained = try await node.daemon.command("undrain")
        #expect(undrained.status == 0, "\(undrained.output)")
        try await laboratory.waitForNodes([1, 2])
        let end = Date()
        try await eventually("queries through both", withinSeconds: 10) {
            clients.failures(since: end).asked >= 100
        }
        let failures = clients.failures(since: start)
        print("laboratory: a node drained and rebooted: \(failures)")
        #expect(failures.failed == 0, "\(failures)")
        #expect(clients.fault.isEmpty, "\(clients.fault)")
        #expect(try await laboratory.updateCounts()[1] == others)
        try await clients.stop()
        await laboratory.stop()
    }

    /// Friday push: one file for three nodes, reloaded in the same second.
    @Test func aBadFileOnEveryNodeAtOnceWithdrawsNothing() async throws {
        let laboratory = try await Laboratory()
        let updates = try await laboratory.updateCounts()

        for reply in try await push(laboratory, { _ in "" }) {
            #expect(reply.status == 1 && reply.output.contains("--force"), "\(reply.output)")
        }
        #expect(try await laboratory.updateCounts() == updates)

        let renamed = try await push(laboratory) {
            LaboratoryNode.plane($0, check: "renamed", run: LaboratoryNode.question)
        }
        #expect(renamed.allSatisfy { $0.status == 0 }, "\(renamed)")
        for node in laboratory.nodes {
            try await node.daemon.waitUntil("a verdict") { $0.check("renamed")?.state == "up" }
        }
        #expect(try await laboratory.updateCounts() == updates)

        // What the file's author saw is NOERROR: the branch beside it was never run.
        let branch = """
            function(ctx)
                local reply = dns.query{server = "\(Laboratory.service)", name = "www.test"}
                local words = nil
                if reply.rcode == DNSRCode.SERVFAIL then return words.text end
                return reply.ok
            end
            """
        let pushed = try await push(laboratory) {
            // Between the end of the servers and SERVFAIL queries are lost, which is an honest down.
            LaboratoryNode.plane($0, check: "renamed", run: branch, fall: 10)
        }
        #expect(pushed.allSatisfy { $0.status == 0 }, "\(pushed)")
        for node in laboratory.nodes { await node.killResolvers(2) }
        for node in laboratory.nodes {
            let status = try await node.daemon.waitUntil("a check in error") {
                $0.check("renamed")?.state == "error"
            }
            let check = try #require(status.check("renamed"))
            #expect(check.detail.contains("pharos.lua:15:"), "\(check)")
            #expect(
                status.route("\(Laboratory.service)/32")?.announced == true, "\(node.log)")
            #expect(node.daemon.log.contains("check renamed fails to say"))
        }
        #expect(try await laboratory.updateCounts() == updates)
        #expect(laboratory.routes.now == [1, 2, 3])
        await laboratory.stop()
    }

    /// Writes each node its file and reloads all of them at the same time.
    private func push(
        _ laboratory: Laboratory, _ text: (Int) -> String
    ) async throws -> [(status: Int32, output: String)] {
        for node in laboratory.nodes { try node.daemon.write(text(node.number)) }
        return try await withThrowingTaskGroup(of: (status: Int32, output: String).self) { group in
            for node in laboratory.nodes {
                group.addTask { try await node.daemon.command("reload") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
