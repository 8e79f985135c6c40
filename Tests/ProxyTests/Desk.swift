// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations

@testable import Proxy

/// A pipeline over one snapshot with a cache, and a clock that the test moves.
final class Desk {
    let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5300)])
    let counters = PlaneCounters(planeThreads: 2)
    let snapshot: PlaneSnapshot
    private var pipeline: Pipeline
    private(set) var waiting = QueryState()

    init(_ change: (inout DeclaredConfiguration) -> Void = { _ in }) throws {
        fixture.configuration.caches = [
            PacketCacheDeclaration(
                entriesMax: 100, location: SourceLocation(file: "test.lua", line: 1))
        ]
        fixture.configuration.pools[0].cache = 0
        change(&fixture.configuration)
        snapshot = try fixture.snapshot()
        pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
    }

    /// What a client gets; `nil` when the query is forwarded or dropped.
    func ask(_ packet: [UInt8], after seconds: UInt64 = 0, overTCP: Bool = false) -> [UInt8]? {
        var remote = PlaneFixture.endpoint("127.0.0.1", port: 4000).socketAddress.storage
        var local = PlaneFixture.endpoint("127.0.0.1", port: 53).socketAddress.storage
        var buffer = packet + [UInt8](repeating: 0, count: 4_096)
        waiting.deallocate()
        let decision = buffer.withUnsafeMutableBytes {
            pipeline.decide(
                $0, length: packet.count, client: &remote, local: &local, overTCP: overTCP,
                nowMicroseconds: 1_000_000_000 + seconds * 1_000_000, view: snapshot.view)
        }
        if case .forward = decision { waiting = pipeline.takeState() }
        guard case .answer(let length) = decision else { return nil }
        return Array(buffer[..<length])
    }

    /// The server's answer to the query that was forwarded last.
    func keep(_ answer: [UInt8], for packet: [UInt8]) {
        answer.withUnsafeBytes { answer in
            packet.withUnsafeBytes { packet in
                pipeline.keep(
                    answer, question: UnsafeRawBufferPointer(rebasing: packet[12...]),
                    state: waiting, nowMicroseconds: 1_000_000_000, view: snapshot.view)
            }
        }
        waiting.deallocate()
    }

    /// An answer of a server to the query that was forwarded last, as its client gets it.
    func addNSID(to answer: [UInt8], overTCP: Bool = false) -> [UInt8] {
        var buffer = answer + [UInt8](repeating: 0, count: 512)
        let length = buffer.withUnsafeMutableBytes {
            pipeline.addNSID(
                to: $0, length: answer.count, state: waiting, overTCP: overTCP,
                view: snapshot.view)
        }
        return Array(buffer[..<length])
    }
}
