// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Probing

/// One coroutine of a run, between the calls it waits for. Control's thread only.
///
/// The host function that a script calls only leaves a ``CheckCall`` here and suspends; it is begun
/// when the coroutine has stopped, so that a prober which answers at once never resumes a running
/// one.
final class CheckBranch {
    /// Which lets go of its branches when it ends.
    let run: CheckRun
    /// Which one of its siblings; empty for the check's own `run`.
    let label: String
    /// The run's so-manieth: 0 for the check's own `run`.
    let number: Int
    private var startedAt: Double?
    private let task: LuaTask
    /// Where its function was written.
    private let location: SourceLocation?
    private var done: ((CheckOutcome) -> Void)?
    private var hasEnded = false
    /// Left by a host function in this resumption.
    var pendingCall: CheckCall?
    private var waiting: (call: CheckCall, handle: ProbeHandle?, since: Double)?
    private var isResuming = false
    private var queued: [LuaValue]?
    /// What calls that ended otherwise than well said: a script that ends with these words does
    /// not fail itself.
    private var notes: [Note] = []

    private enum Note {
        /// A call that could not complete.
        case failure(words: String, isHard: Bool)
        /// A branch below it whose script failed.
        case fault(ScriptFault)
        /// Branches below it that found something down.
        case down(words: String, isHard: Bool)
    }

    init(
        run: CheckRun, task: LuaTask, label: String, number: Int, location: SourceLocation?
    ) {
        self.run = run
        self.number = number
        self.task = task
        self.label = label
        self.location = location
    }

    private var scripts: ControlScripts { run.scripts }

    /// The words of the call it waits for; `nil` while it waits for branches of its own.
    var waitingFor: String? {
        guard let waiting, !waiting.call.waitsForBranches else { return nil }
        return waiting.call.words
    }

    /// Runs it; `done` is called once, perhaps before this returns, unless it is cancelled.
    func start(_ done: @escaping (CheckOutcome) -> Void) {
        guard !hasEnded else { return }
        self.done = done
        startedAt = scripts.now()
        resume([])
    }

    /// Ends it where it stands; `done` is not called.
    func cancel() {
        guard !hasEnded else { return }
        finish()
    }

    /// Notes in the trace that what it waits for was given up.
    func recordCut(_ result: String, isFailure: Bool) {
        record(verdict: result)
        guard let waiting else { return }
        record(waiting.call, result, since: waiting.since, isFailure: isFailure)
    }

    /// Runs until the next wait. A call that completes while it is begun is taken in the loop here,
    /// so that the stack does not grow with the number of calls.
    private func resume(_ values: [LuaValue]) {
        queued = values
        guard !isResuming else { return }
        isResuming = true
        defer { isResuming = false }
        while let values = queued {
            queued = nil
            switch scripts.resume(task, values, for: self) {
            case .suspended: begin()
            case .finished(let results):
                defer { scripts.release(results) }
                tell(judged(CheckVerdict.outcome(of: results, from: location)))
            case .failed(let error): failed(error)
            case .ignored: return
            }
        }
    }

    private func begin() {
        guard let call = pendingCall else {
            tell(
                .error(
                    ScriptFault(
                        message:
                            "coroutine.yield outside a coroutine of your own: use sleep(seconds)",
                        location: location)))
            return
        }
        pendingCall = nil
        let since = scripts.now()
        waiting = (call, nil, since)
        let handle = call.begin(run.prober) { [weak self] result in
            self?.complete(call, result, since: since)
        }
        // A prober that answered at once has cleared it.
        if waiting != nil, queued == nil { waiting = (call, handle, since) }
    }

    private func complete(_ call: CheckCall, _ result: CheckCall.Result, since: Double) {
        guard !hasEnded else { return }
        waiting = nil
        switch result {
        case .value(let value, let summary):
            record(call, summary, since: since, isFailure: false)
            resume([.boolean(true), value])
        case .failure(let words, let isHard):
            record(call, words, since: since, isFailure: true)
            note(.failure(words: words, isHard: isHard))
            resume([.boolean(false), .text(words)])
        case .verdict(let outcome):
            complete(call, outcome, since: since)
        }
    }

    /// What branches came to is this one's to return, or to look at.
    private func complete(_ call: CheckCall, _ outcome: CheckOutcome, since: Double) {
        switch outcome {
        case .up(let score, let detail):
            record(call, detail, since: since, isFailure: false)
            let verdict: LuaValue =
                score < 1 ? .table(LuaTable(["score": .number(score)])) : .boolean(true)
            resume([.boolean(true), verdict, .text(detail)])
        case .down(let detail, let isHard):
            record(call, detail, since: since, isFailure: true)
            note(.down(words: detail, isHard: isHard))
            resume([.boolean(true), .boolean(false), .text(detail)])
        case .error(let fault):
            record(call, "error: \(fault)", since: since, isFailure: true)
            note(.fault(fault))
            resume([.boolean(false), .text(fault.description), .boolean(true)])
        }
    }

    private func record(
        _ call: CheckCall, _ result: String, since: Double, isFailure: Bool
    ) {
        run.record(
            CheckTrace.Entry(
                branch: label, branchNumber: number, call: call.words, result: result,
                seconds: scripts.now() - since, isFailure: isFailure, parts: call.parts))
    }

    private func record(verdict words: String) {
        guard !hasEnded, number > 0 else { return }
        let seconds = startedAt.map { scripts.now() - $0 } ?? 0
        run.record(CheckTrace.Verdict(words: words, seconds: seconds), ofBranch: number)
    }

    /// The newest few are enough: what ends a branch is nearly always the last.
    private func note(_ note: Note) {
        notes.append(note)
        if notes.count > 32 { notes.removeFirst() }
    }

    // MARK: The end

    /// A `false` with the words of branches is as hard as they were.
    private func judged(_ outcome: CheckOutcome) -> CheckOutcome {
        guard case .down(let detail, false) = outcome else { return outcome }
        for case .down(detail, true) in notes { return .down(detail: detail, isHard: true) }
        return outcome
    }

    private func failed(_ error: LuaError) {
        let outcome = outcome(of: error)
        switch error.kind {
        // What loops or eats memory in one branch would do so in the next.
        case .timeout, .memory: run.tell(outcome)
        case .runtime, .syntax, .internal: tell(outcome)
        }
    }

    /// A raise ends the branch. With the words of a call that could not complete it is an honest
    /// down; anything else is the script's own fault.
    private func outcome(of error: LuaError) -> CheckOutcome {
        if error.kind == .runtime {
            for note in notes.reversed() {
                switch note {
                case .failure(let words, let isHard) where error.message.contains(words):
                    return .down(detail: words, isHard: isHard)
                case .fault(let fault) where error.message.contains(fault.message):
                    return .error(fault)
                case .failure, .fault, .down: continue
                }
            }
        }
        return .error(scripts.explanation.fault(error, in: location))
    }

    private func tell(_ outcome: CheckOutcome) {
        guard let done else { return }
        record(verdict: outcome.words)
        finish()
        done(outcome)
    }

    private func finish() {
        hasEnded = true
        done = nil
        queued = nil
        pendingCall = nil
        waiting?.handle?.cancel()
        waiting = nil
        task.cancel()
        run.ended(self)
    }
}
