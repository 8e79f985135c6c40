// SPDX-License-Identifier: Apache-2.0
//
// `chashed`: every server has points on a circle of 2^32, and a name belongs to the server of the
// first point at or after its hash, around the circle. Servers that are down, or above the bound on
// their load, are passed over.

extension PlaneView {
    /// A server's points, and how many of them count.
    typealias Circle = (points: HashPoints, limit: Int)

    /// `chashed` over a list of ordinals, with the records' weights and scores.
    func consistent(_ list: Ordinals, hash: UInt32) -> Int32 {
        // Nobody who could ask was declared when the points were left out.
        guard let points else { return fallback(list) }
        return consistent(list, hash: hash) { _, ordinal in
            let circle = points[ordinal]
            let server = records[ordinal]
            let weight = min(server.weight, circle.count)
            return (circle, Self.pointLimit(weight: weight, scaledScore: server.scaledScore))
        }
    }

    /// Weight times score, rounded up: a score above 0 leaves at least one point.
    static func pointLimit(weight: Int, scaledScore: UInt32) -> Int {
        let one = Int(ServerHandle.scaledScoreMax)
        return (weight &* Int(scaledScore) &+ one &- 1) / one
    }

    /// The live server that owns the first point at or after the hash.
    ///
    /// - Parameter circle: of the server at a position of the list; its limit 0 leaves it out, unless
    ///   that is so of all: they are up all the same, and then all their points count.
    @inline(__always)
    func consistent(
        _ list: Ordinals, hash: UInt32, _ circle: (_ position: Int, _ ordinal: Int) -> Circle
    ) -> Int32 {
        let loadMax =
            consistentHashBalancingFactor > 0
            ? self.loadMax(list, factor: consistentHashBalancingFactor) : .infinity
        let chosen = owner(list, hash: hash, loadMax: loadMax, circle)
        if chosen != Self.none { return chosen }
        return owner(list, hash: hash, loadMax: .infinity) { position, ordinal in
            let points = circle(position, ordinal).points
            return (points, points.count)
        }
    }

    @inline(__always)
    private func owner(
        _ list: Ordinals, hash: UInt32, loadMax: Double, _ circle: (Int, Int) -> Circle
    ) -> Int32 {
        var owner = Self.none
        var nearest = UInt32.max
        var firstOwner = Self.none
        var first = UInt32.max
        for position in 0..<list.count {
            let ordinal = Int(list[position])
            let server = records[ordinal]
            guard server.isUp,
                loadMax == .infinity
                    || Double(server.outstanding) <= loadMax * Double(server.weight)
            else { continue }
            let (points, limit) = circle(position, ordinal)
            guard let start = points.point(from: 0, limit: limit) else { continue }
            if firstOwner == Self.none || start < first {
                first = start
                firstOwner = Int32(truncatingIfNeeded: position)
            }
            guard let point = points.point(from: hash, limit: limit) else { continue }
            if owner == Self.none || point < nearest {
                nearest = point
                owner = Int32(truncatingIfNeeded: position)
            }
        }
        return owner == Self.none ? firstOwner : owner
    }

    /// The queries in flight for each unit of weight above which a server is passed over: `factor`
    /// times the average over the live ones, the query at hand included.
    @inline(__always)
    func loadMax(
        _ list: Ordinals, factor: Double,
        where admits: (ServerHandle, Int) -> Bool = { _, _ in true }
    ) -> Double {
        var load = 1.0
        var weight = 0.0
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp, admits(server, Int(list[position])) else { continue }
            load += Double(server.outstanding)
            weight += Double(server.weight)
        }
        return weight > 0 ? load / weight * factor : .infinity
    }
}
