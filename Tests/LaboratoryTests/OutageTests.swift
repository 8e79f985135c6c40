// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestPeers
import Testing

/// Would catch: a failure that clients see for longer than `Docs/announcing.md` says, one that the
/// router is not told of, and a route that does not come back.
struct OutageTests {
    /// Prints `laboratory: NAME: …` for each, which is what the table of the documentation is from.
    @Test func eachFailureIsOverInTheTimeThatIsWritten() async throws {
        let laboratory = try await Laboratory()
        let scene = Scene(laboratory)
        let node = laboratory.nodes[0]
        try await scene.nothingBreaks()

        try await scene.play("one of two resolvers killed", isWithdrawn: false, most: 400) {
            await node.killResolvers(1)
        } mend: {
            try await node.startResolvers()
        }
        try await scene.play("all resolvers killed", isWithdrawn: true, most: 1_000) {
            await node.killResolvers(2)
        } mend: {
            try await node.startResolvers()
        }
        try await scene.play("Pharos stopped (SIGSTOP)", isWithdrawn: true, most: 1_000) {
            node.daemon.signal(SIGSTOP)
        } mend: {
            node.daemon.signal(SIGCONT)
        }
        try await scene.play("Pharos killed (SIGKILL)", isWithdrawn: true, most: 500) {
            await node.daemon.stop(signal: SIGKILL)
        } mend: {
            try await node.start()
        }
        try await scene.play("its link cut", isWithdrawn: true, most: 1_000) {
            try await node.cutLink()
        } mend: {
            try await node.mendLink()
        }
        try await scene.play("an empty file reloaded", isWithdrawn: false, most: 0) {
            try node.daemon.write("")
            let reply = try await node.daemon.command("reload")
            #expect(reply.status == 1, "\(reply.output)")
        } mend: {
        }
        try await scene.end()
    }
}

/// The stage of a laboratory on which node 1 breaks while clients ask.
private struct Scene {
    private let laboratory: Laboratory
    private let clients: LaboratoryClients

    init(_ laboratory: Laboratory) {
        self.laboratory = laboratory
        clients = LaboratoryClients(in: laboratory.clients, asking: Laboratory.service)
    }

    /// A second in which no query may fail.
    func nothingBreaks() async throws {
        let start = Date()
        try await eventually("a hundred queries", withinSeconds: 10) {
            self.clients.failures(since: start).asked >= 100
        }
        #expect(clients.failures(since: start).failed == 0)
    }

    /// Breaks something of node 1, waits for what the router does about it, and mends it.
    ///
    /// - Parameters:
    ///   - isWithdrawn: whether the router must send flows elsewhere, or must not.
    ///   - most: milliseconds within which queries may fail.
    func play(
        _ name: String, isWithdrawn: Bool, most: Double, break fail: () async throws -> Void,
        mend: () async throws -> Void
    ) async throws {
        let start = Date()
        try await fail()
        if isWithdrawn { try await laboratory.waitForNodes([2, 3]) }
        // Long enough that what is asked after `most` has been answered or not.
        let watched = start.addingTimeInterval(
            most / 1_000 + 2 * LaboratoryClients.patienceSeconds)
        try await Task.sleep(for: .seconds(max(0.5, watched.timeIntervalSinceNow)))
        let seen = laboratory.routes.milliseconds(from: start, until: 1, isIn: false)
        let failures = clients.failures(since: start)
        let router = seen.map { "\(Int($0)) ms" } ?? "nothing"
        let line = "\(name): the router saw \(router); \(failures)"
        print("laboratory: \(line)")
        #expect((seen != nil) == isWithdrawn, "\(line)")
        #expect(failures.asked > 50 && clients.fault.isEmpty, "\(line) \(clients.fault)")
        #expect(failures.failed == 0 || failures.milliseconds <= most, "\(line)")

        try await mend()
        try await laboratory.waitForNodes([1, 2, 3])
    }

    func end() async throws {
        try await clients.stop()
        await laboratory.stop()
    }
}
