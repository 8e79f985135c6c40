// SPDX-License-Identifier: Apache-2.0

import Balancing
import Logging
import NIOCore
import Scripting

/// Runs plans again soon after their servers changed. Confined to control's event loop.
///
/// Whoever changes a server's record tells the slab's observer, once until the runner has looked, so
/// that a hundred changes at once are one run.
final class PlanRunner {
    /// Between two runs at least, for plans are control's time: default 10 ms. Sooner makes no
    /// difference to anybody, because the plane looks at each server again before it uses it.
    static let intervalMilliseconds = 10

    private let clock: ControlClock
    private let slab: ServerSlab
    private let logger: Logger
    private let publish: (ServerPlan, Int) throws(BalancingError) -> Void
    private var current: PlanSet?
    private var timer: Scheduled<Void>?
    private var nextDue = Duration.zero
    private var lastRun = Duration.zero

    /// - Parameter publish: gives the plane a pool's plan.
    init(
        clock: ControlClock, slab: ServerSlab, logger: Logger,
        publish: @escaping (ServerPlan, Int) throws(BalancingError) -> Void
    ) {
        self.clock = clock
        self.slab = slab
        self.logger = logger
        self.publish = publish
    }

    /// The newest fault of a policy's plan.
    func lastFault(of policy: String) -> ScriptFault? { current?.lastFaults[policy] }

    /// Runs all plans of a generation for a snapshot that is not published yet.
    func prepare(_ plans: PlanSet, for snapshot: PlaneSnapshot) {
        _ = plans.refresh(nowMicroseconds: Self.microseconds(clock.now)) { plan, pool in
            snapshot.setPlan(plan, pool: pool)
            return true
        }
    }

    /// Follows a generation's servers from now on: its snapshot is the current one.
    ///
    /// - Parameter tell: has ``noteChange()`` called on control's loop; any thread calls it.
    func follow(_ plans: PlanSet, tell: @escaping @Sendable () -> Void) {
        current = plans
        slab.observeChanges(plans.isEmpty ? nil : tell)
        timer?.cancel()
        timer = nil
        if !plans.isEmpty { noteChange() }
    }

    /// Some server's record changed.
    func noteChange() {
        arm(at: max(clock.now, lastRun + .milliseconds(Self.intervalMilliseconds)))
    }

    private func arm(at due: Duration) {
        if timer != nil, nextDue <= due { return }
        timer?.cancel()
        nextDue = due
        timer = clock.schedule(at: due) { [weak self] in self?.run() }
    }

    private func run() {
        timer = nil
        lastRun = clock.now
        slab.acknowledgeChanges()
        let next = current?.refresh(nowMicroseconds: Self.microseconds(lastRun)) { plan, pool in
            do throws(BalancingError) {
                try publish(plan, pool)
                return true
            } catch {
                logger.error("a new plan waits: \(error)")
                return false
            }
        }
        if let next { arm(at: .microseconds(next)) }
    }

    func stop() {
        timer?.cancel()
        slab.observeChanges(nil)
        current = nil
    }

    private static func microseconds(_ moment: Duration) -> UInt64 {
        UInt64(max(0, moment / .microseconds(1)))
    }
}
