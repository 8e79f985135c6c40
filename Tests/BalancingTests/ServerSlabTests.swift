// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Testing

/// Catches a reload that loses a server's history, and a record reused under a query or a snapshot.
@Suite struct ServerSlabTests {
    @Test func identitiesKeepTheirRecordsWhenTheOrderOfDeclarationChanges() throws {
        let slab = ServerSlab(planeThreads: 1)
        let first = try slab.update(to: [server("a"), server("b"), server("a#2")])
        first[2].setUpStatus(true)
        first[2].recordLatency(microseconds: 12_800)
        first[2].count(.queries, 5, thread: 0)
        let second = try slab.update(to: [server("a#2"), server("c"), server("b"), server("a")])
        #expect(second[0] == first[2] && second[2] == first[1] && second[3] == first[0])
        #expect(second[0].upStatus && second[0].latencyMicroseconds == 100)
        #expect(second[0].total(.queries) == 5)
        #expect(!first.contains(second[1]))
    }

    @Test func aRenamedServerIsANewOne() throws {
        let slab = ServerSlab(planeThreads: 1)
        let old = try slab.update(to: [server("a")])[0]
        old.setUpStatus(true)
        let new = try slab.update(to: [server("b")])[0]
        #expect(new != old && !new.upStatus)
        #expect(slab.handle(identity: "a") == nil && slab.handle(identity: "b") == new)
    }

    @Test func aServerThatMovesKeepsOnlyWhatWasForced() throws {
        let slab = ServerSlab(planeThreads: 1)
        let old = try slab.update(to: [server("a", port: 53)])[0]
        old.setUpStatus(true)
        old.force(.down)
        let new = try slab.update(to: [server("a", port: 5_353)])[0]
        #expect(new != old && !new.upStatus && new.forced == .down)
    }

    @Test func aRepeatedIdentityIsRefusedAndChangesNothing() throws {
        let slab = ServerSlab(planeThreads: 1)
        let kept = try slab.update(to: [server("a")])
        #expect(throws: BalancingError.self) { try slab.update(to: [server("b"), server("b")]) }
        #expect(slab.handle(identity: "a") == kept[0])
    }

    @Test func aRecordIsNotReusedWhileAQueryIsOutstanding() throws {
        let slab = ServerSlab(planeThreads: 1)
        let old = try slab.update(to: [server("a")])[0]
        let id = old.id
        old.noteStarted()
        _ = try slab.update(to: [])
        #expect(slab.collect() == 1)
        #expect(slab.handle(id: id) == old)
        let other = try slab.update(to: [server("b")])[0]
        #expect(other != old)
        old.noteFinished()
        #expect(slab.collect() == 0)
        #expect(slab.handle(id: id) == nil)
        let reused = try slab.update(to: [server("b"), server("c")])[1]
        #expect(reused == old && reused.id.index == id.index)
        #expect(reused.id.generation != id.generation)
    }

    @Test func aRecordIsNotReusedWhileASnapshotNamesIt() throws {
        let slab = ServerSlab(planeThreads: 1)
        let table = PolicyStatisticsTable(planeThreads: 1)
        var configuration = DeclaredConfiguration(path: "test.lua")
        configuration.servers = [server("a")]
        let handles = try slab.update(to: configuration.servers)
        var snapshot: PlaneSnapshot? = try PlaneSnapshot(
            configuration, generation: 1, handles: handles, slab: slab, statistics: table)
        _ = try slab.update(to: [])
        #expect(slab.collect() == 1)
        #expect(snapshot != nil)
        snapshot = nil
        #expect(slab.collect() == 0)
    }

    @Test func aReusedRecordStartsFromNothing() throws {
        let slab = ServerSlab(planeThreads: 2)
        let old = try slab.update(to: [server("a")])[0]
        old.setUpStatus(true)
        old.setScore(0.5)
        old.count(.drops, 3, thread: 1)
        _ = try slab.update(to: [])
        slab.collect()
        let new = try slab.update(to: [server("b", order: 4, weight: 9)])[0]
        #expect(new == old)
        #expect(!new.upStatus && new.score == 1 && new.total(.drops) == 0)
        #expect(new.order == 4 && new.weight == 9)
    }

    @Test func aReloadSetsWeightAndOrderButLeavesAForcedState() throws {
        let slab = ServerSlab(planeThreads: 1)
        let handle = try slab.update(to: [server("a", order: 1, weight: 1)])[0]
        handle.force(.down)
        handle.setWeight(50)
        _ = try slab.update(to: [server("a", order: 2, weight: 3)])
        #expect(handle.forced == .down && handle.weight == 3 && handle.order == 2)
    }

    @Test func aForcedStateFollowsTheDeclarationWhenThatChanges() throws {
        let slab = ServerSlab(planeThreads: 1)
        var declaration = server("a")
        declaration.initialState = .down
        let handle = try slab.update(to: [declaration])[0]
        #expect(handle.forced == .down)
        handle.force(.up)
        _ = try slab.update(to: [declaration])
        #expect(handle.forced == .up)
        _ = try slab.update(to: [server("a")])
        #expect(handle.forced == .auto)
    }

    @Test(
        arguments: [
            { $0.setUpStatus(true) }, { $0.force(.down) }, { $0.setWeight(5) }, { $0.setOrder(5) },
            { $0.setScore(0.5) },
        ] as [@Sendable (ServerHandle) -> Void])
    func theEpochGrowsAtAChangeAndOnlyThen(change: @Sendable (ServerHandle) -> Void) throws {
        let slab = ServerSlab(planeThreads: 1)
        let handle = try slab.update(to: [server("a")])[0]
        let before = slab.stateEpoch
        change(handle)
        #expect(slab.stateEpoch == before + 1)
        change(handle)
        #expect(slab.stateEpoch == before + 1)
    }

    @Test func goingDownForgetsTheLatency() throws {
        let slab = ServerSlab(planeThreads: 1)
        let handle = try slab.update(to: [server("a")])[0]
        handle.setUpStatus(true)
        handle.recordLatency(microseconds: 1_280)
        #expect(handle.latencyMicroseconds == 10)
        handle.setUpStatus(false)
        #expect(handle.latencyMicroseconds == 0)
    }

    @Test func recordsStayWhereTheyAreWhileTheSlabGrows() throws {
        let slab = ServerSlab(planeThreads: 1)
        let first = try slab.update(to: [server("s0")])[0]
        let many = try slab.update(to: (0..<300).map { server("s\($0)", weight: $0 + 1) })
        #expect(many[0] == first)
        #expect(many.map(\.weight) == Array(1...300))
        #expect(Set(many.map(\.record)).count == 300)
    }

    @Test func moreServersThanTheBoundAreRefused() throws {
        let slab = ServerSlab(planeThreads: 1)
        let declarations = (0...ServerSlab.recordsMax).map { server("s\($0)") }
        #expect(throws: BalancingError.self) { try slab.update(to: declarations) }
    }
}
