// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Probing

/// One run of a check: its branches, what they keep open, and what they did. Control's thread only.
///
/// The first branch is the check's `run`; `check.all` and its siblings add one for each of their
/// functions, which wait side by side.
public final class CheckRun {
    let scripts: ControlScripts
    let prober: any Prober
    private let context: CheckContext
    /// Where `run` was written.
    private let location: SourceLocation
    private var done: ((CheckOutcome, CheckTrace) -> Void)?
    private var root: CheckBranch?
    /// Branches that have not ended, oldest first.
    private(set) var branches: [CheckBranch] = []
    /// Connections that the script opened and did not close.
    var connections: [Int: any ProbeConnection] = [:]
    private var connectionsOpened = 0
    private var branchesMade = 0
    private let endsAt: Double
    /// What the whole run may take.
    let limitMilliseconds: Int
    /// What it did so far.
    public private(set) var trace = CheckTrace()

    /// Branches of one run at the same time: each is a coroutine, and may hold a socket.
    static let branchesMax = 256

    init(
        scripts: ControlScripts, prober: any Prober, context: CheckContext,
        location: SourceLocation, done: @escaping (CheckOutcome, CheckTrace) -> Void
    ) {
        self.scripts = scripts
        self.prober = prober
        self.context = context
        self.location = location
        self.done = done
        endsAt = scripts.now() + context.deadlineSeconds
        limitMilliseconds = max(1, Int((context.deadlineSeconds * 1_000).rounded(.up)))
    }

    /// Whether the outcome was told, or the run cancelled.
    public var isFinished: Bool { done == nil }

    /// What it waits for, for the words of a timeout: `dns.query 192.0.2.1:53 example.com. A`.
    public var waitingFor: String? {
        let calls = branches.compactMap(\.waitingFor)
        guard let first = calls.first else { return nil }
        return first + (calls.count > 1 ? " and \(calls.count - 1) more" : "")
    }

    func start(_ function: LuaFunction) {
        let root = CheckBranch(
            run: self, task: scripts.task(function, context), label: "", number: 0,
            location: location)
        branches.append(root)
        self.root = root
        root.start { [weak self] in self?.tell($0) }
    }

    /// Makes a coroutine of `function`, which need not be kept afterwards, as a part of this run.
    func branch(_ function: LuaFunction, label: String) -> CheckBranch {
        var context = context
        context.deadlineSeconds = Double(remainingMilliseconds) / 1_000
        branchesMade += 1
        let branch = CheckBranch(
            run: self, task: scripts.task(function, context), label: label,
            number: branchesMade,
            location: scripts.location(of: function))
        branches.append(branch)
        return branch
    }

    /// Ends it where it stands: what it waits for is cancelled, and `done` is not called.
    public func cancel() {
        guard done != nil else { return }
        for branch in branches { branch.recordCut("cut off", isFailure: true) }
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

    // MARK: For branches

    func record(_ entry: CheckTrace.Entry) { trace.record(entry) }

    func record(_ verdict: CheckTrace.Verdict, ofBranch number: Int) {
        trace.record(verdict, ofBranch: number)
    }

    func ended(_ branch: CheckBranch) { branches.removeAll { $0 === branch } }

    /// Ends the run with `outcome`, whatever its other branches do.
    func tell(_ outcome: CheckOutcome) {
        guard let done else { return }
        // What is decided by it goes first: closing a socket takes longer than a rule.
        let open = connections
        connections = [:]
        finish()
        done(outcome, trace)
        for connection in open.values { connection.close() }
    }

    private func finish() {
        done = nil
        root?.cancel()
        root = nil
        branches = []
        for connection in connections.values { connection.close() }
        connections = [:]
        scripts.ended(self)
    }
}
