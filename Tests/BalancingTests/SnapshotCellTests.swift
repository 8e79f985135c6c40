// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Glibc
import Synchronization
import Testing

/// Catches a snapshot that is freed under a thread, one that is never freed, and reloads that pile up.
@Suite struct SnapshotCellTests {
    private final class Workshop {
        let slab = ServerSlab(planeThreads: 2)
        let table = PolicyStatisticsTable(planeThreads: 2)
        let handles: [ServerHandle]
        var configuration = DeclaredConfiguration(path: "test.lua")
        var retired: [UInt64] = []

        init() throws {
            configuration.servers = [server("a"), server("b")]
            handles = try slab.update(to: configuration.servers)
        }

        func snapshot(_ generation: UInt64) throws -> PlaneSnapshot {
            try PlaneSnapshot(
                configuration, generation: generation, handles: handles, slab: slab,
                statistics: table, retire: { [unowned self] in retired.append(generation) })
        }
    }

    @Test func aParkedThreadHoldsNothing() throws {
        let workshop = try Workshop()
        let cell = SnapshotCell(planeThreads: 2, try workshop.snapshot(1))
        let reader = cell.reader(thread: 0)
        _ = reader.acquire()
        reader.park()
        try cell.publish(try workshop.snapshot(2))
        #expect(workshop.retired == [1])
        #expect(reader.acquire().pointee.generation == 2)
    }

    @Test func aThreadAtWorkHoldsItsSnapshotUntilItTakesTheNext() throws {
        let workshop = try Workshop()
        let cell = SnapshotCell(planeThreads: 2, try workshop.snapshot(1))
        let reader = cell.reader(thread: 1)
        let view = reader.acquire()
        try cell.publish(try workshop.snapshot(2))
        cell.collect()
        #expect(workshop.retired.isEmpty)
        #expect(view.pointee.generation == 1 && view.pointee.serverCount == 2)
        #expect(reader.acquire().pointee.generation == 2)
        cell.collect()
        #expect(workshop.retired == [1])
        #expect(cell.live == 1)
    }

    @Test func theSlowestThreadDecides() throws {
        let workshop = try Workshop()
        let cell = SnapshotCell(planeThreads: 2, try workshop.snapshot(1))
        let (slow, quick) = (cell.reader(thread: 0), cell.reader(thread: 1))
        _ = slow.acquire()
        for generation in 2...4 as ClosedRange<UInt64> {
            try cell.publish(try workshop.snapshot(generation))
            _ = quick.acquire()
        }
        #expect(workshop.retired.isEmpty && cell.live == 4)
        slow.park()
        cell.collect()
        #expect(workshop.retired == [1, 2, 3])
    }

    @Test func aStuckThreadBoundsWhatLives() throws {
        let workshop = try Workshop()
        let cell = SnapshotCell(planeThreads: 2, try workshop.snapshot(1))
        let stuck = cell.reader(thread: 0)
        _ = stuck.acquire()
        for generation in 2...UInt64(SnapshotCell.liveMax) {
            try cell.publish(try workshop.snapshot(generation))
        }
        #expect(throws: BalancingError.planeHoldsSnapshots(SnapshotCell.liveMax)) {
            try cell.publish(try workshop.snapshot(99))
        }
        #expect(workshop.retired == [99], "only the refused one")
        #expect(cell.published.generation == UInt64(SnapshotCell.liveMax))
        stuck.park()
        try cell.publish(try workshop.snapshot(100))
        #expect(cell.live == 1)
    }

    /// What two readers share with the test's thread.
    private final class Race: Sendable {
        let isOver = Atomic<Bool>(false)
        let reads = Atomic<UInt64>(0)
        let wrong = Atomic<UInt64>(0)
    }

    @Test func readersNeverSeeAFreedSnapshot() throws {
        let workshop = try Workshop()
        let cell = SnapshotCell(planeThreads: 2, try workshop.snapshot(1))
        let race = Race()
        let done = (0..<2).map { thread in
            let reader = cell.reader(thread: thread)
            return TestThread {
                var newest: UInt64 = 0
                while !race.isOver.load(ordering: .relaxed) {
                    let view = reader.acquire().pointee
                    // A freed one's memory is the allocator's: its numbers would not agree.
                    let isWhole =
                        view.generation >= newest && view.serverCount == 2 && view.poolCount == 1
                        && view.pools[0].ordinals.count == 2 && view.records[1].weight == 1
                    if !isWhole { race.wrong.wrappingAdd(1, ordering: .relaxed) }
                    newest = view.generation
                    race.reads.wrappingAdd(1, ordering: .relaxed)
                    if newest % 3 == UInt64(thread) { reader.park() }
                }
                reader.park()
            }
        }
        var generation: UInt64 = 1
        while generation < 3_000 || race.reads.load(ordering: .relaxed) < 3_000 {
            do {
                try cell.publish(try workshop.snapshot(generation + 1))
                generation += 1
            } catch {
                // Both readers may be off the processor while eight snapshots pass.
                sched_yield()
            }
        }
        race.isOver.store(true, ordering: .relaxed)
        for thread in done { thread.join() }
        cell.collect()
        #expect(race.wrong.load(ordering: .relaxed) == 0)
        #expect(cell.live == 1)
        #expect(cell.published.generation == generation)
    }
}
