// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import Synchronization
import Testing

@testable import Balancing

/// Counts from any thread.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.wrappingAdd(1, ordering: .relaxed) }
}

/// Catches a plan that is freed under a thread that reads it.
@Suite struct PlanRaceTests {
    private let isOver = Flag()

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    @Test func readersNeverSeeAFreedPlan() throws {
        let function = FunctionReference(
            kind: .plan, name: "mine", location: SourceLocation(file: "p.lua", line: 3), ordinal: 0)
        let fixture = try BalancingFixture((0..<8).map { server("s\($0)") }) {
            $0.policy = .planned(name: "mine", function: function)
        }
        fixture.snapshot.setPlan(ServerPlan(ordinals: [0, 1]), pool: 0)
        let cell = SnapshotCell(planeThreads: 2, fixture.snapshot)
        let (wrong, reads) = (Counter(), Counter())
        let done = (0..<2).map { thread in
            let reader = cell.reader(thread: thread)
            return TestThread { [isOver] in
                while !isOver.isSet.load(ordering: .relaxed) {
                    let view = reader.acquire()
                    guard
                        let raw = view.pointee.pools[0].plan?.pointee
                            .load(ordering: .sequentiallyConsistent)
                    else { return wrong.add() }
                    // A freed one's memory is the allocator's: its numbers would not agree.
                    let plan = raw.assumingMemoryBound(to: PlanView.self)
                    let list = plan.pointee.ordinals
                    let isWhole =
                        list.count >= 1 && list.count <= 8 && plan.pointee.total == list.count
                        && (0..<list.count).allSatisfy {
                            list[$0] == Int32($0) && plan.pointee.ends?[$0] == UInt64($0 + 1)
                        }
                    if !isWhole { wrong.add() }
                    reads.add()
                    if reads.count % 3 == thread { reader.park() }
                }
                reader.park()
            }
        }
        var published = 0
        while published < 5_000 || reads.count < 5_000 {
            do throws(BalancingError) {
                try cell.publish(
                    ServerPlan(ordinals: Array(0...(published % 8))), pool: 0)
                published += 1
            } catch {
                sched_yield()  // both readers may be off the processor while that many pass
            }
        }
        isOver.isSet.store(true, ordering: .relaxed)
        for thread in done { thread.join() }
        cell.collect()
        #expect(wrong.count == 0)
        #expect(cell.waitingPlans == 0)
    }
}
