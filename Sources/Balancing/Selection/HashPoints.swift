// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

/// A server's points on the circle of `chashed`, ascending: as many as its declared weight.
///
/// They are computed when a snapshot is built; a weight that a script sets later counts with the
/// next one.
struct HashPoints {
    /// Points of one server at most (256 KiB): dnsdist's manual asks for a weight of 1 000.
    static let countMax = 65_536

    let points: UnsafeMutablePointer<UInt32>
    let count: Int

    /// - Parameter declaration: its `id`, else its identity, is what a server is known by here.
    init(for declaration: ServerDeclaration, perturbation: UInt32) {
        count = min(ServerHandle.clamped(weight: declaration.weight), Self.countMax)
        points = .allocate(capacity: count)
        let key = declaration.uuid.isEmpty ? declaration.identity : declaration.uuid
        for number in 1...count {
            var text = "\(key)-\(number)"
            let point = text.withUTF8 {
                CaseFolding.hash(UnsafeRawBufferPointer($0), seed: perturbation)
            }
            (points + number - 1).initialize(to: point)
        }
        var all = UnsafeMutableBufferPointer(start: points, count: count)
        all.sort()
    }

    /// The first point at or after `hash`.
    func point(from hash: UInt32) -> UInt32? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            if points[middle] < hash { low = middle &+ 1 } else { high = middle }
        }
        return low < count ? points[low] : nil
    }

    func deallocate() { points.deallocate() }
}
