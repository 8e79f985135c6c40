// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Probing

/// One run of a check: a coroutine between the calls it waits for. Control's thread only.
///
/// The host function that a script calls only leaves a ``CheckCall`` here and suspends; it is begun
/// when the coroutine has stopped, so that a prober which answers at once never resumes a running
/// one.
public final class CheckRun {
    private let scripts: ControlScripts
    private let prober: any Prober
    private let task: LuaTask
    /// Where `run` was written.
    private let location: SourceLocation
    private var done: ((CheckOutcome, CheckTrace) -> Void)?
    /// Left by a host function in this resumption.
    var pendingCall: CheckCall?
    /// Connections that the script opened and did not close.
    var connections: [Int: any ProbeConnection] = [:]
    private var connectionsOpened = 0
    /// The words of calls that could not complete: a script that ends with them is down.
    private(set) var failures: [(words: String, isHard: Bool)] = []
    private var waiting: (call: CheckCall, handle: ProbeHandle?, since: Double)?
    private let endsAt: Double
    /// What the whole run may take.
    let limitMilliseconds: Int
    private var isResuming = false
    private var queued: [LuaValue]?
    /// What it did so far.
    public private(set) var trace = CheckTrace()

    init(
        scripts: ControlScripts, prober: any Prober, task: LuaTask, location: SourceLocation,
        deadlineSeconds: Double,
        done: @escaping (CheckOutcome, CheckTrace) -> Void
    ) {
        self.scripts = scripts
        self.prober = prober
        self.task = task
        self.location = location
        self.done = done
        endsAt = scripts.now() + deadlineSeconds
        limitMilliseconds = max(1, Int((deadlineSeconds * 1_000).rounded(.up)))
    }

    /// Whether the outcome was told, or the run cancelled.
    public var isFinished: Bool { done == nil }

    /// What it waits for, for the words of a timeout: `dns.query 192.0.2.1:53 example.com A`.
    public var waitingFor: String? { waiting?.call.words }

    /// Ends it where it stands: what it waits for is cancelled, and `done` is not called.
    public func cancel() {
        guard done != nil else { return }
        if let waiting {
            trace.record(
                CheckTrace.Entry(
                    call: waiting.call.words, result: "cut off",
                    seconds: scripts.now() - waiting.since, isFailure: true))
        }
        finish()
    }

    /// What is left of the run's time: the timeout of calls that give none.
    var remainingMilliseconds: Int {
        max(1, Int(((endsAt - scripts.now()) * 1_000).rounded(.up)))
    }

    /// A call's own `timeout`. One longer than the check's could never pass: it is nearly always
    /// milliseconds written as seconds.
    func timeout(of keys: KeyReader) throws(ArgumentError) -> Int? {
        guard let given = try keys.milliseconds("timeout", atLeast: 0.001) else { return nil }
        guard given <= limitMilliseconds else {
            throw ArgumentError(
                "\(keys.call): timeout (\(TimeText.words(milliseconds: given))) is longer than"
                    + " the check's (\(TimeText.words(milliseconds: limitMilliseconds)));"
                    + " times are seconds, milliseconds are written \"500ms\"")
        }
        return given
    }

    /// Keeps an open connection until the script or the end of the run closes it.
    func keep(_ connection: any ProbeConnection) -> Int {
        connectionsOpened += 1
        connections[connectionsOpened] = connection
        return connectionsOpened
    }

    func start() {
        resume([])
    }

    /// Runs until the next wait. A call that completes while it is begun is taken in the loop here,
    /// so that the stack does not grow with the number of calls.
    private func resume(_ values: [LuaValue]) {
        guard !isResuming else {
            queued = values
            return
        }
        isResuming = true
        defer { isResuming = false }
        queued = values
        while let values = queued {
            queued = nil
            let step = scripts.resume(task, values, for: self)
            switch step {
            case .suspended: begin()
            case .finished(let results):
                defer { scripts.release(results) }
                tell(CheckVerdict.outcome(of: results, from: location))
            case .failed(let error): tell(outcome(of: error))
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
        let handle = call.begin(prober) { [weak self] result in
            self?.complete(call, result, since: since)
        }
        // A prober that answered at once has cleared it.
        if waiting != nil, queued == nil { waiting = (call, handle, since) }
    }

    private func complete(_ call: CheckCall, _ result: CheckCall.Result, since: Double) {
        guard done != nil else { return }
        waiting = nil
        let seconds = scripts.now() - since
        switch result {
        case .value(let value, let summary):
            trace.record(
                CheckTrace.Entry(
                    call: call.words, result: summary, seconds: seconds, isFailure: false))
            resume([.boolean(true), value])
        case .failure(let words, let isHard):
            trace.record(
                CheckTrace.Entry(
                    call: call.words, result: words, seconds: seconds, isFailure: true))
            note(words, isHard: isHard)
            resume([.boolean(false), .text(words)])
        }
    }

    /// Remembers the words of a call that could not complete. The newest few are enough: what ends
    /// a run is nearly always the last.
    func note(_ words: String, isHard: Bool) {
        failures.append((words, isHard))
        if failures.count > 32 { failures.removeFirst() }
    }

    /// A raise ends the run. With the words of a call that could not complete it is an honest down;
    /// anything else is the script's own fault.
    private func outcome(of error: LuaError) -> CheckOutcome {
        if error.kind == .runtime,
            let failure = failures.last(where: { error.message.contains($0.words) })
        {
            return .down(detail: failure.words, isHard: failure.isHard)
        }
        return .error(scripts.explanation.fault(error, in: location))
    }

    private func tell(_ outcome: CheckOutcome) {
        guard let done else { return }
        finish()
        done(outcome, trace)
    }

    private func finish() {
        done = nil
        queued = nil
        waiting?.handle?.cancel()
        waiting = nil
        task.cancel()
        for connection in connections.values { connection.close() }
        connections = [:]
        scripts.ended(self)
    }
}
