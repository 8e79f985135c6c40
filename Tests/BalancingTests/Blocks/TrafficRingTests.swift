// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import Synchronization
import Testing

@testable import Balancing

/// Would catch rings that lose, repeat or mix up what the plane saw.
@Suite struct TrafficRingTests {
    @Test func keepsTheNewestWhenTheRingHasWrapped() {
        let traffic = Traffic(planeThreads: 1, entries: 5)
        for number in 1...12 {
            traffic.query("192.0.2.1", at: Double(number), type: UInt16(number))
        }
        #expect(traffic.queries().map(\.queryType) == [12, 11, 10, 9, 8])
    }

    @Test func showsEntriesOfTheWindowAlone() {
        let traffic = Traffic()
        for number in 1...9 { traffic.query("192.0.2.1", at: Double(number), type: UInt16(number)) }
        #expect(traffic.queries(from: 4, to: 6).map(\.queryType) == [6, 5, 4])
        #expect(traffic.queries(from: 9.5, to: 20).isEmpty)
    }

    @Test func showsWhatEachThreadSaw() {
        let traffic = Traffic(planeThreads: 3)
        for thread in 0..<3 {
            traffic.query("192.0.2.1", at: 1, type: UInt16(thread), thread: thread)
        }
        #expect(traffic.queries().map(\.queryType) == [0, 1, 2])
    }

    @Test(arguments: [
        ("192.0.2.1:4711", "192.0.2.1"), ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[::ffff:192.0.2.9]:4711", "192.0.2.9"),
    ])
    func keepsAClientAsItIs(client: String, shown: String) {
        let traffic = Traffic()
        traffic.query(client, at: 1, type: 28)
        let query = traffic.queries().first
        #expect(query?.client.description == shown && query?.port == 4_711)
        #expect(query?.queryType == 28 && query?.size == 40)
    }

    @Test func keepsWhatAnAnswerWas() {
        let traffic = Traffic()
        traffic.answer("192.0.2.1", at: 2, code: 3, size: 512, isHit: true)
        traffic.answer("192.0.2.1", at: 3, code: nil, size: 0)
        var seen: [(code: UInt16?, size: UInt16, isHit: Bool, latency: UInt32)] = []
        traffic.rings.forEachAnswer(from: 0, to: .max) {
            seen.append(($0.responseCode, $0.size, $0.isHit, $0.latencyMicroseconds))
        }
        #expect(seen.map(\.code) == [nil, 3])
        #expect(seen.map(\.size) == [0, 512] && seen.map(\.isHit) == [false, true])
        #expect(seen.map(\.latency) == [1_500, 1_500])
    }

    @Test(arguments: ["", "org", "www.example.org", "seven77.example", "eight888.example"])
    func keepsNamesWhole(name: String) {
        let traffic = Traffic()
        traffic.answer("192.0.2.1", at: 1, name: name)
        #expect(traffic.names() == [BalancingFixture.wire(name)])
    }

    @Test func keepsTheLastLabelsOfLongNames() {
        let traffic = Traffic()
        let labels = (0..<12).map { "label\($0)xxxx" }.joined(separator: ".")
        traffic.answer("192.0.2.1", at: 1, name: labels + ".example.org")
        let kept = traffic.names()[0]
        let whole = BalancingFixture.wire(labels + ".example.org")
        #expect(kept.count <= TrafficRing.nameBytesMax && kept.count > 60)
        #expect(whole.suffix(kept.count) == kept[...] && kept[0] < 64)
    }

    @Test func notesNothingBeforeSomebodyWantsToLook() {
        let rings = TrafficRings(planeThreads: 1, entries: 10)
        #expect(!rings.isRecording && !rings.plane.isRecording)
        rings.start()
        #expect(rings.isRecording && rings.plane.isRecording)
    }

    /// A flood from one port comes in by one worker: its ring alone must hold what the rule needs.
    @Test(arguments: [(9, 10_000, 10_000), (65, 100_000, 16_131), (3, 2_000_000, 666_666)])
    func threadsShareOnlyLargeRings(threads: Int, entries: Int, capacity: Int) {
        #expect(TrafficRings(planeThreads: threads, entries: entries).capacity == capacity)
    }

    @Test func aReaderNeverSeesHalfAnEntry() throws {
        let rings = TrafficRings(planeThreads: 1, entries: 64)
        rings.start()
        let isOver = Box()
        let writer = TestThread {
            guard let ring = rings.rings?[0] else { return }
            var number: UInt64 = 1
            while !isOver.flag.load(ordering: .relaxed) {
                // Every field says the same number.
                let low = UInt32(truncatingIfNeeded: number)
                var address = Endpoint(
                    address: IPAddress(v4: low), port: UInt16(truncatingIfNeeded: number)
                ).socketAddress.storage
                ring.note(
                    queryFrom: &address, type: UInt16(truncatingIfNeeded: number),
                    size: Int(number & 0xffff), nowMicroseconds: number)
                number += 1
            }
        }
        var (seen, wrong, passes) = (0, 0, 0)
        while seen < 200_000 || passes < 2_000 {
            var last = UInt64.max
            rings.forEachQuery(from: 0, to: .max) { query in
                let low = UInt16(truncatingIfNeeded: query.microseconds)
                if query.port != low || query.queryType != low || query.size != low
                    || query.client.v4Bits != UInt32(truncatingIfNeeded: query.microseconds)
                    || query.microseconds >= last
                {
                    wrong += 1
                }
                last = query.microseconds
                seen += 1
            }
            passes += 1
        }
        isOver.flag.store(true, ordering: .relaxed)
        writer.join()
        #expect(wrong == 0, "of \(seen)")
    }

    private final class Box: Sendable {
        let flag = Atomic<Bool>(false)
    }
}
