// SPDX-License-Identifier: Apache-2.0

import Declarations

/// Owns the memory of one plan in the form the plane reads. Made and released by control.
final class CompiledPlan {
    let plan: ServerPlan
    let view: UnsafePointer<PlanView>
    /// Keep the points that ``PlanView/circles`` leads to.
    private let circles: [HashCircle]

    /// - Parameters:
    ///   - records: of the snapshot, by ordinal.
    ///   - circle: gives a server at least so many points.
    init(
        _ plan: ServerPlan, records: UnsafeMutablePointer<ServerHandle>,
        circle: (_ ordinal: Int, _ count: Int) -> HashCircle
    ) {
        self.plan = plan
        let servers = plan.ordinals.map { records[$0] }
        let shares = plan.weights.map { PlanShares($0) } ?? PlanShares(of: servers)
        var ends: [UInt64] = []
        var total: UInt64 = 0
        for share in shares.shares {
            total += share
            ends.append(total)
        }
        var limits: [Int] = []
        if plan.picker == .chashed {
            limits =
                plan.weights?.map { Int($0.rounded(.up)) }
                ?? servers.map {
                    PlaneView.pointLimit(weight: $0.weight, scaledScore: $0.scaledScore)
                }
            circles = zip(plan.ordinals, limits).map { circle($0, $1) }
        } else {
            circles = []
        }
        let view = UnsafeMutablePointer<PlanView>.allocate(capacity: 1)
        let ordinals = plan.ordinals.map { Int32($0) }
        view.initialize(
            to: PlanView(
                picker: plan.picker,
                ordinals: UnsafeBufferPointer(
                    start: Self.store(ordinals), count: ordinals.count),
                ends: Self.weighs(plan.picker) ? UnsafePointer(Self.store(ends)) : nil,
                total: total, isScaled: shares.isScaled,
                circles: circles.isEmpty
                    ? nil : UnsafePointer(Self.store(circles.map(\.points))),
                limits: circles.isEmpty ? nil : UnsafePointer(Self.store(limits))))
        self.view = UnsafePointer(view)
    }

    deinit {
        let mutable = UnsafeMutablePointer(mutating: view)
        view.pointee.ordinals.deallocate()
        view.pointee.ends?.deallocate()
        view.pointee.circles?.deallocate()
        view.pointee.limits?.deallocate()
        mutable.deinitialize(count: 1)
        mutable.deallocate()
    }

    private static func weighs(_ picker: BuiltinPolicy) -> Bool {
        switch picker {
        case .wrandom, .whashed, .orderedWrandUntag: true
        case .leastOutstanding, .firstAvailable, .chashed, .roundrobin: false
        }
    }

    private static func store<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let stored = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        stored.initialize(from: elements, count: elements.count)
        return stored
    }
}

/// Keeps a server's points as long as some plan uses them.
final class HashCircle {
    let points: HashPoints

    init(_ points: HashPoints) {
        self.points = points
    }

    deinit { points.deallocate() }
}
