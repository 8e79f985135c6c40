// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

/// A server's points on the circle of `chashed`, ascending: as many as its weight.
///
/// Each point keeps its number, so that a server of which less is wanted, because of its score or of
/// a weight that a script lowered, counts with its first points alone: what it gives up goes to the
/// others, and nothing else moves. They are computed when a snapshot is built; a weight that a script
/// raises counts in full with the next one.
struct HashPoints {
    /// Points of one server at most (384 KiB): dnsdist's manual asks for a weight of 1 000.
    static let countMax = 65_536

    let points: UnsafeMutablePointer<UInt32>
    /// By position in `points`, from 0.
    let numbers: UnsafeMutablePointer<UInt16>
    let count: Int

    /// - Parameters:
    ///   - declaration: its `id`, else its identity, is what a server is known by here.
    ///   - weight: the number of points, brought into range.
    init(for declaration: ServerDeclaration, weight: Int, perturbation: UInt32) {
        count = min(ServerHandle.clamped(weight: weight), Self.countMax)
        points = .allocate(capacity: count)
        numbers = .allocate(capacity: count)
        let key = declaration.uuid.isEmpty ? declaration.identity : declaration.uuid
        let numbered = (0..<count).map { number in
            var text = "\(key)-\(number + 1)"
            let point = text.withUTF8 {
                CaseFolding.hash(UnsafeRawBufferPointer($0), seed: perturbation)
            }
            return UInt64(point) << 16 | UInt64(number)
        }.sorted()
        for (position, point) in numbered.enumerated() {
            (points + position).initialize(to: UInt32(point >> 16))
            (numbers + position).initialize(to: UInt16(truncatingIfNeeded: point))
        }
    }

    /// The first point at or after `hash` among those numbered below `limit`.
    func point(from hash: UInt32, limit: Int) -> UInt32? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            if points[middle] < hash { low = middle &+ 1 } else { high = middle }
        }
        while low < count {
            if Int(numbers[low]) < limit { return points[low] }
            low &+= 1
        }
        return nil
    }

    func deallocate() {
        points.deallocate()
        numbers.deallocate()
    }
}
