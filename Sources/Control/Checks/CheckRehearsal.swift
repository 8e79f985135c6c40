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

    /// Runs several checks, each with every target, at the same time, and returns those whose
    /// scripts failed, once each.
    func run(
        _ checks: [(index: Int, declaration: CheckDeclaration)], scripts: ControlScripts,
        isolation: isolated (any Actor)? = #isolation
    ) async -> [(name: String, fault: ScriptFault)] {
        guard !checks.isEmpty else { return [] }
        var faults: [(name: String, fault: ScriptFault)] = []
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let runs = checks.flatMap { check in
                check.declaration.units.map { (check, check.declaration.target($0)) }
            }
            var waiting = runs.count
            for (check, target) in runs {
                start(
                    check.index, of: check.declaration, target: target, scripts: scripts,
                    previous: nil
                ) { outcome in
                    if case .error(let fault) = outcome {
                        faults.append((check.declaration.name, fault))
                    }
                    waiting -= 1
                    if waiting == 0 { continuation.resume() }
                }
            }
        }
        var seen: Set<String> = []
        return faults.filter { seen.insert($0.name).inserted }.sorted { $0.name < $1.name }
    }

    /// The outcome of one run; a run that takes longer than its timeout is a down.
    func run(
        _ index: Int, of declaration: CheckDeclaration, target: CheckTarget? = nil,
        scripts: ControlScripts, previous: CheckStateMachine?,
        trace: @escaping (CheckTrace) -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation
    ) async -> Scripting.CheckOutcome {
        await withCheckedContinuation { continuation in
            start(
                index, of: declaration, target: target, scripts: scripts, previous: previous,
                trace: trace
            ) {
                continuation.resume(returning: $0)
            }
        }
    }

    private func start(
        _ index: Int, of declaration: CheckDeclaration, target: CheckTarget? = nil,
        scripts: ControlScripts, previous: CheckStateMachine?,
        trace: @escaping (CheckTrace) -> Void = { _ in },
        done: @escaping (Scripting.CheckOutcome) -> Void
    ) {
        let once = Once(done)
        let run = scripts.runCheck(
            index,
            context: CheckRunner.context(of: declaration, target: target, machine: previous),
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
