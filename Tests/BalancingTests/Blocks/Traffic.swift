// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

@testable import Balancing

/// Rings as the plane would fill them, in seconds of a clock that the test sets.
final class Traffic {
    let rings: TrafficRings

    init(planeThreads: Int = 2, entries: Int = 1_000) {
        rings = TrafficRings(planeThreads: planeThreads, entries: entries)
        rings.start()
    }

    static func microseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1_000_000) }

    static func socketAddress(_ client: String) -> sockaddr_storage {
        // A test's own text.
        Endpoint(client, defaultPort: 5_000)!.socketAddress.storage
    }

    func query(
        _ client: String, at seconds: Double, type: UInt16 = 1, thread: Int = 0, times: Int = 1
    ) {
        withUnsafePointer(to: Self.socketAddress(client)) { address in
            for _ in 0..<times {
                rings.rings?[thread].note(
                    queryFrom: address, type: type, size: 40,
                    nowMicroseconds: Self.microseconds(seconds))
            }
        }
    }

    func answer(
        _ client: String, at seconds: Double, code: UInt16? = 0, size: Int = 100,
        isHit: Bool = false, name: String = "www.example.org", thread: Int = 0, times: Int = 1
    ) {
        withUnsafePointer(to: Self.socketAddress(client)) { address in
            BalancingFixture.wire(name).withUnsafeBytes { wire in
                for _ in 0..<times {
                    rings.rings?[thread].note(
                        answerTo: address, name: wire, responseCode: code, size: size,
                        latencyMicroseconds: 1_500, isHit: isHit,
                        nowMicroseconds: Self.microseconds(seconds))
                }
            }
        }
    }

    func queries(from start: Double = 0, to end: Double = 1_000) -> [SeenQuery] {
        var seen: [SeenQuery] = []
        rings.forEachQuery(from: Self.microseconds(start), to: Self.microseconds(end)) {
            seen.append($0)
        }
        return seen
    }

    func names(from start: Double = 0, to end: Double = 1_000) -> [[UInt8]] {
        var seen: [[UInt8]] = []
        rings.forEachAnswer(from: Self.microseconds(start), to: Self.microseconds(end)) {
            seen.append(Array($0.name))
        }
        return seen
    }
}
