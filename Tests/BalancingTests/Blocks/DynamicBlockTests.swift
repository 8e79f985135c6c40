// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc
import Synchronization
import Testing

@testable import Balancing

/// Would catch a block that ends too early or never, hits a neighbour, or frees what a thread reads.
@Suite struct DynamicBlockTests {
    private let fixture: BalancingFixture
    private let cell: SnapshotCell

    init() throws {
        fixture = try BalancingFixture([server("a")])
        cell = SnapshotCell(planeThreads: 2, fixture.snapshot)
    }

    private var table: DynamicBlockTable { fixture.statistics.blocks }

    private func source(_ text: String) -> DynamicBlock.Subject {
        .source(BlockedSource(IPPrefix(text)!))  // a test's own text
    }

    private func name(_ text: String) -> DynamicBlock.Subject {
        .name(BalancingFixture.wire(text))
    }

    @discardableResult
    private func insert(
        _ subject: DynamicBlock.Subject, seconds: Int = 60, action: ScriptAction = .none,
        isWarning: Bool = false, at now: Double = 100
    ) -> DynamicBlockTable.Outcome {
        table.insert(
            BlockOrder(
                subject, reason: "r", seconds: seconds, action: action, isWarning: isWarning),
            nowMicroseconds: Traffic.microseconds(now))
    }

    private func action(client: String, at now: Double = 101) -> ScriptAction? {
        cell.publish(table)
        return withUnsafePointer(to: Traffic.socketAddress(client)) { address in
            fixture.view.blocks.view?.pointee.match(
                client: address, nowMicroseconds: Traffic.microseconds(now))?.action
        }
    }

    private func action(name: String, at now: Double = 101) -> ScriptAction? {
        cell.publish(table)
        return BalancingFixture.wire(name).withUnsafeBytes { wire in
            fixture.view.blocks.view?.pointee.match(
                name: wire, nowMicroseconds: Traffic.microseconds(now))?.action
        }
    }

    @Test func withoutBlocksThePlaneSeesNothing() {
        #expect(fixture.view.blocks.view == nil)
        #expect(action(client: "192.0.2.1") == nil && !table.needsPublishing)
    }

    @Test func blocksAnAddressAndNotItsNeighbour() {
        insert(source("192.0.2.1/32"), action: .refused)
        insert(source("2001:db8::1/128"), action: .drop)
        #expect(action(client: "192.0.2.1") == .refused && action(client: "192.0.2.2") == nil)
        #expect(action(client: "[::ffff:192.0.2.1]:53") == .refused)
        #expect(action(client: "[2001:db8::1]:53") == .drop)
        #expect(action(client: "[2001:db8::2]:53") == nil)
    }

    @Test func theNarrowestNetworkInForceDecides() {
        insert(source("192.0.2.0/24"), action: .refused)
        insert(source("192.0.2.1/32"), seconds: 10, action: .drop)
        insert(source("0.0.0.0/0"), action: .truncate)
        #expect(action(client: "192.0.2.1") == .drop && action(client: "192.0.2.2") == .refused)
        #expect(action(client: "198.51.100.1") == .truncate)
        #expect(action(client: "192.0.2.1", at: 115) == .refused, "the narrow one is over")
        #expect(action(client: "[2001:db8::1]:53") == nil)
    }

    @Test func portsOfOneAddressAreBlockedApart() {
        let masks = BlockMasks(portBits: 2)
        insert(
            .source(BlockedSource(of: IPAddress("192.0.2.1")!, port: 20_000, masks: masks)),
            action: .refused)
        #expect(action(client: "192.0.2.1:16384") == .refused)
        #expect(action(client: "192.0.2.1:32767") == .refused)
        #expect(action(client: "192.0.2.1:16383") == nil)
        #expect(action(client: "192.0.2.1:32768") == nil)
    }

    @Test func theLongestNameInForceDecides() {
        insert(name("example.org"), action: .refused)
        insert(name("www.example.org"), seconds: 10, action: .nxdomain)
        #expect(action(name: "WWW.example.ORG") == .nxdomain)
        #expect(action(name: "a.www.example.org") == .nxdomain)
        #expect(action(name: "mail.example.org") == .refused)
        #expect(action(name: "www.example.org", at: 115) == .refused)
        #expect(action(name: "org") == nil && action(name: "anexample.org") == nil)
    }

    @Test func endsWithItsTimeAndIsForgotten() {
        insert(source("192.0.2.1/32"), seconds: 10)
        #expect(action(client: "192.0.2.1", at: 109.999) == ScriptAction.none)
        #expect(action(client: "192.0.2.1", at: 110) == nil)
        table.expire(nowMicroseconds: Traffic.microseconds(109))
        #expect(table.count == 1)
        table.expire(nowMicroseconds: Traffic.microseconds(110))
        #expect(table.count == 0)
        cell.publish(table)
        #expect(fixture.view.blocks.view == nil)
    }

    @Test func isProlongedAndNeverShortened() {
        insert(source("192.0.2.1/32"), seconds: 60)
        cell.publish(table)
        #expect(insert(source("192.0.2.1/32"), seconds: 10, at: 105) == .kept)
        #expect(insert(source("192.0.2.1/32"), seconds: 60, at: 110) == .prolonged)
        #expect(!table.needsPublishing, "the plane reads the new time through the old table")
        #expect(action(client: "192.0.2.1", at: 165) == ScriptAction.none)
    }

    @Test func aWarningBecomesABlockAndNoBlockAWarning() {
        insert(source("192.0.2.1/32"), isWarning: true)
        #expect(action(client: "192.0.2.1") == .noOp)
        let block = table.block(of: source("192.0.2.1/32"))
        block?.state.pointee.count.store(7, ordering: .relaxed)
        #expect(insert(source("192.0.2.1/32"), seconds: 5, action: .refused) == .inserted)
        #expect(action(client: "192.0.2.1") == .refused)
        #expect(block?.count == 7 && block?.isWarning == false)
        #expect(insert(source("192.0.2.1/32"), seconds: 600, isWarning: true) == .kept)
        #expect(action(client: "192.0.2.1") == .refused)
    }

    @Test func oneThatIsOverStartsAnew() {
        insert(source("192.0.2.1/32"), seconds: 10)
        table.block(of: source("192.0.2.1/32"))?.state.pointee.count.store(7, ordering: .relaxed)
        #expect(insert(source("192.0.2.1/32"), isWarning: true, at: 111) == .inserted)
        #expect(table.block(of: source("192.0.2.1/32"))?.count == 0)
    }

    @Test func tellsTheLogWhatHappened() {
        insert(source("192.0.2.1/32"), seconds: 10)
        table.insert(
            BlockOrder(source("192.0.2.2/32"), reason: "r", seconds: 5, isQuiet: true),
            nowMicroseconds: Traffic.microseconds(100))
        table.expire(nowMicroseconds: Traffic.microseconds(110))
        let told = table.takeEvents().events.map { event -> String in
            switch event.kind {
            case .inserted(let seconds, _): "in \(seconds)"
            case .expired: "out"
            case .cleared: "cleared"
            }
        }
        #expect(told == ["in 10", "out", "out"])
        for host in 0..<150 { insert(source("10.0.0.\(host)/32")) }
        let (events, lost) = table.takeEvents()
        #expect(events.count == DynamicBlockTable.eventsMax && lost == 50)
        #expect(table.takeEvents().events.isEmpty)
    }

    @Test func blocksOutliveSnapshots() throws {
        insert(source("192.0.2.1/32"), action: .refused)
        cell.publish(table)
        let next = try PlaneSnapshot(
            fixture.configuration, generation: 2, handles: fixture.handles, slab: fixture.slab,
            statistics: fixture.statistics)
        try cell.publish(next)
        let found = withUnsafePointer(to: Traffic.socketAddress("192.0.2.1")) {
            next.view.pointee.blocks.view?.pointee.match(
                client: $0, nowMicroseconds: Traffic.microseconds(101))?.action
        }
        #expect(found == .refused)
    }

    @Test func ringsGoOnWhileTheirSizeStays() throws {
        func snapshot(_ entries: Int) throws -> PlaneSnapshot {
            var configuration = fixture.configuration
            configuration.ringEntriesMax = entries
            return try PlaneSnapshot(
                configuration, generation: 2, handles: fixture.handles, slab: fixture.slab,
                statistics: fixture.statistics)
        }
        let first = try snapshot(500)
        first.traffic.start()
        #expect(try snapshot(500).traffic === first.traffic)
        let other = try snapshot(600)
        #expect(other.traffic !== first.traffic && other.traffic.isRecording)
    }

    @Test func aThreadAtWorkKeepsItsTable() {
        let reader = cell.reader(thread: 0)
        insert(source("192.0.2.1/32"))
        cell.publish(table)
        _ = reader.acquire()
        insert(source("192.0.2.2/32"))
        cell.publish(table)
        #expect(cell.waitingBlocks == 1)
        reader.park()
        cell.collect()
        #expect(cell.waitingBlocks == 0)
    }

    @Test func readersNeverSeeAFreedTable() {
        let isOver = Flag()
        let (wrong, reads) = (Counter(), Counter())
        let threads = (0..<2).map { thread in
            let reader = cell.reader(thread: thread)
            return TestThread {
                withUnsafePointer(to: Traffic.socketAddress("192.0.2.1")) { address in
                    while !isOver.isSet.load(ordering: .relaxed) {
                        let view = reader.acquire()
                        // Blocked in every table that there is.
                        if let blocks = view.pointee.blocks.view,
                            blocks.pointee.match(client: address, nowMicroseconds: 1)?.action
                                != .refused
                        {
                            wrong.add()
                        }
                        reads.add()
                        if reads.count % 3 == thread { reader.park() }
                    }
                    reader.park()
                }
            }
        }
        insert(source("192.0.2.1/32"), action: .refused)
        var published = 0
        while published < 3_000 || reads.count < 5_000 {
            insert(source("10.0.\(published / 250 % 250).\(published % 250)/32"))
            if published % 50 == 0 {
                table.removeAll()
                insert(source("192.0.2.1/32"), action: .refused)
            }
            cell.publish(table)
            published += 1
            if published % 64 == 0 { sched_yield() }
        }
        isOver.isSet.store(true, ordering: .relaxed)
        threads.forEach { $0.join() }
        #expect(wrong.count == 0)
    }

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }
}
