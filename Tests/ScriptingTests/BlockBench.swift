// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc

@testable import Scripting

/// A generation with blocks and rings that a test fills, in seconds of a clock that it sets.
final class BlockBench {
    let generation: Generation
    let statistics = PolicyStatisticsTable(planeThreads: 1)
    let snapshot: PlaneSnapshot
    private let time = Time()

    private final class Time {
        var microseconds: UInt64 = 100_000_000
    }

    init(_ text: String) throws {
        generation = try Fixture.build(text)
        let slab = ServerSlab(planeThreads: 1)
        snapshot = try PlaneSnapshot(
            generation.configuration, generation: 1,
            handles: try slab.update(to: generation.configuration.servers), slab: slab,
            statistics: statistics)
        let traffic = snapshot.traffic
        generation.bind(BlockServices(table: statistics.blocks, traffic: { traffic }))
        generation.control.evaluation.blockClock = { [time] in time.microseconds }
        traffic.start()
    }

    var seconds: Double {
        get { Double(time.microseconds) / 1_000_000 }
        set { time.microseconds = UInt64(newValue * 1_000_000) }
    }

    /// Notes queries as the plane does.
    func query(_ client: String, type: UInt16 = 1, times: Int = 1, name: String = "example.org") {
        for _ in 0..<times {
            withQuery(client, type, name) { snapshot.view.pointee.traffic.note($0) }
        }
    }

    /// Notes answers of a server, or of a cache; none came when there is no code.
    func answer(
        _ client: String, code: UInt16? = 0, times: Int = 1, name: String = "example.org",
        size: Int = 100, isHit: Bool = false
    ) {
        for _ in 0..<times {
            withQuery(client, 1, name) { query in
                let traffic = snapshot.view.pointee.traffic
                if isHit, let code {
                    traffic.note(hit: query, responseCode: code)
                } else {
                    let question = UnsafeRawBufferPointer(
                        start: query.pointee.name.baseAddress,
                        count: query.pointee.name.count + 4)
                    traffic.note(
                        answerTo: query.pointee.remoteAddress, question: question,
                        responseCode: code, size: size, latencyMicroseconds: 1_000,
                        nowMicroseconds: time.microseconds, thread: 0)
                }
            }
        }
    }

    private func withQuery(
        _ client: String, _ type: UInt16, _ name: String,
        _ body: (UnsafePointer<PolicyQuery>) -> Void
    ) {
        var wire: [UInt8] = []
        for label in name.split(separator: ".") { wire += [UInt8(label.utf8.count)] + label.utf8 }
        wire.append(0)
        let packet: [UInt8] = Array(repeating: 0, count: 12) + wire + [0, UInt8(type & 0xff), 0, 1]
        // A test's own text.
        var address = Endpoint(client, defaultPort: 5_000)!.socketAddress.storage
        var generator = SelectionGenerator(seed: 1)
        packet.withUnsafeBufferPointer { packet in
            withUnsafeMutablePointer(to: &generator) { generator in
                withUnsafePointer(to: &address) { address in
                    var query = PolicyQuery(
                        view: snapshot.view, generator: generator,
                        nowMicroseconds: time.microseconds,
                        packet: packet.baseAddress!,  // never empty: it has a header
                        packetLength: Int32(packet.count), nameOffset: 12,
                        nameLength: Int32(wire.count), queryType: type, queryClass: 1,
                        remoteAddress: UnsafeRawPointer(address),
                        localAddress: UnsafeRawPointer(address), overTCP: false, thread: 0)
                    withUnsafePointer(to: &query) { body($0) }
                }
            }
        }
    }

    /// What a command prints and returns, or the words of its fault.
    @discardableResult
    func run(_ command: String) -> String {
        let result = generation.control.run(command: command)
        return result.fault.map { "\($0)" } ?? result.output
    }

    /// The blocks in force as `WHAT ACTION SECONDS`, with `?` for warnings; sorted.
    var blocks: [String] {
        let now = time.microseconds
        return statistics.blocks.inForce(nowMicroseconds: now).map { block in
            "\(block.subject.text) \(block.action) \(block.secondsLeft(nowMicroseconds: now))"
                + (block.isWarning ? "?" : "")
        }.sorted()
    }

    /// What the log would tell of measurements.
    var details: [String] {
        statistics.blocks.takeEvents().events.compactMap { event in
            if case .inserted(_, let detail) = event.kind { detail } else { nil }
        }
    }
}
