// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Scripting

/// The planned policies of one generation: runs their functions, and knows which pools' servers
/// changed since. Confined to control's event loop.
final class PlanSet {
    /// What a plan is asked about: it is run again when one of these differs.
    private struct ServerState: Equatable {
        let isUp: Bool
        let upStatus: Bool
        let scaledScore: UInt32
        let weight: Int
        let order: Int

        init(_ server: ServerHandle) {
            isUp = server.isUp
            upStatus = server.upStatus
            scaledScore = server.scaledScore
            weight = server.weight
            order = server.order
        }
    }

    private struct Entry {
        let pool: Int
        let function: FunctionReference
        let statistics: PolicyStatistics
        /// The pool's servers.
        let ordinals: [Int]
        /// These, and those of other pools that the plan chose.
        var watched: [Int]
        /// Of ``watched`` when the plan last ran; empty before that.
        var states: [ServerState] = []
        /// Keeps a plan that ran out of its budget from holding control up at every change.
        var trip = PolicyTrip()
    }

    private var entries: [Entry] = []
    private let scripts: ControlScripts
    private let handles: [ServerHandle]
    /// The newest fault of each policy, by its name.
    private(set) var lastFaults: [String: ScriptFault] = [:]

    init(
        _ configuration: DeclaredConfiguration, scripts: ControlScripts,
        handles: [ServerHandle], statistics: PolicyStatisticsTable
    ) {
        self.scripts = scripts
        self.handles = handles
        for (number, pool) in PoolLayout(of: configuration).pools.enumerated() {
            guard case .planned(let name, let function) = pool.policy else { continue }
            entries.append(
                Entry(
                    pool: number, function: function, statistics: statistics.statistics(of: name),
                    ordinals: pool.ordinals, watched: pool.ordinals))
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Runs the plans whose servers changed since they last ran, and hands the results on.
    ///
    /// - Parameter deliver: returns false when it could not: the plan is due again then.
    /// - Returns: when to come back, in microseconds of the same clock, because something is due that
    ///   was not done now.
    func refresh(
        nowMicroseconds now: UInt64, deliver: (_ plan: ServerPlan, _ pool: Int) -> Bool
    ) -> UInt64? {
        var next: UInt64?
        for index in entries.indices {
            let states = entries[index].watched.map { ServerState(handles[$0]) }
            // A pool without servers is planned once, too: a plan may take another pool's.
            guard states != entries[index].states || entries[index].states.isEmpty else { continue }
            if entries[index].trip.isTripped(nowMicroseconds: now) {
                next = min(next ?? .max, entries[index].trip.untilMicroseconds)
            } else if !run(index, now, deliver) {
                next = min(next ?? .max, now + Self.retryMicroseconds)
            }
        }
        return next
    }

    /// Until a plan that the plane had no room for is delivered again.
    private static let retryMicroseconds: UInt64 = 100_000

    private func run(
        _ index: Int, _ now: UInt64, _ deliver: (ServerPlan, Int) -> Bool
    ) -> Bool {
        let entry = entries[index]
        switch scripts.runPlan(entry.function, servers: entry.ordinals) {
        case .plan(let plan):
            guard deliver(plan, entry.pool) else { return false }
            let foreign = Set(plan.ordinals).subtracting(entry.ordinals)
            entries[index].watched = entry.ordinals + foreign.sorted()
        case .failed(let fault, let isTimeout):
            lastFaults[entry.function.name] = fault
            entry.statistics.count(
                isTimeout ? .timeouts : .errors, thread: entry.statistics.controlThread)
            if isTimeout { entries[index].trip.recordTimeout(nowMicroseconds: now) }
        }
        entries[index].states = entries[index].watched.map { ServerState(handles[$0]) }
        return true
    }
}
