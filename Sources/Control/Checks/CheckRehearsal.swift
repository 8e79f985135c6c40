// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import NIOCore
import Probing
import Scripting

/// Runs a check of a generation that does not serve yet, once and within its timeout.
///
/// Confined to control's event loop.
final class CheckRehearsal {
    private let clock: ControlClock
    private let prober: any Prober

    init(clock: ControlClock, prober: any Prober) {
        self.clock = clock
        self.prober = prober
    }

    /// Runs several checks at the same time and returns those whose scripts failed.
    func run(
        _ checks: [(index: Int, declaration: CheckDeclaration)], scripts: ControlScripts,
        isolation: isolated (any Actor)? = #isolation
    ) async -> [(name: String, fault: ScriptFault)] {
        guard !checks.isEmpty else { return [] }
        var faults: [(name: String, fault: ScriptFault)] = []
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var waiting = checks.count
            for check in checks {
                start(check.index, of: check.declaration, scripts: scripts, previous: nil) {
                    outcome in
                    if case .error(let fault) = outcome {
                        faults.append((check.declaration.name, fault))
                    }
                    waiting -= 1
                    if waiting == 0 { continuation.resume() }
                }
            }
        }
        return faults.sorted { $0.name < $1.name }
    }

    /// The outcome of one run; a run that takes longer than its timeout is a down.
    func run(
        _ index: Int, of declaration: CheckDeclaration, scripts: ControlScripts,
        previous: CheckStateMachine?, trace: @escaping (CheckTrace) -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation
    ) async -> Scripting.CheckOutcome {
        await withCheckedContinuation { continuation in
            start(index, of: declaration, scripts: scripts, previous: previous, trace: trace) {
                continuation.resume(returning: $0)
            }
        }
    }

    private func start(
        _ index: Int, of declaration: CheckDeclaration, scripts: ControlScripts,
        previous: CheckStateMachine?, trace: @escaping (CheckTrace) -> Void = { _ in },
        done: @escaping (Scripting.CheckOutcome) -> Void
    ) {
        let once = Once(done)
        let run = scripts.runCheck(
            index, context: CheckRunner.context(of: declaration, machine: previous),
            prober: prober
        ) { outcome, steps in
            trace(steps)
            once.give(outcome)
        }
        guard !once.isGiven else { return }
        let limit = Duration.milliseconds(declaration.timeoutMilliseconds)
        once.timer = clock.schedule(at: clock.now + limit) {
            let detail = CheckRunner.timeoutWords(run, limit: limit)
            run.cancel()
            trace(run.trace)
            once.give(.down(detail: detail, isHard: false))
        }
    }

    /// Passes on the first outcome alone, and ends its timer.
    private final class Once {
        private(set) var isGiven = false
        var timer: Scheduled<Void>?
        private let body: (Scripting.CheckOutcome) -> Void

        init(_ body: @escaping (Scripting.CheckOutcome) -> Void) {
            self.body = body
        }

        func give(_ outcome: Scripting.CheckOutcome) {
            guard !isGiven else { return }
            isGiven = true
            timer?.cancel()
            body(outcome)
        }
    }
}
