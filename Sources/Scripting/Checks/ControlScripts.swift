// SPDX-License-Identifier: Apache-2.0

public import Balancing
public import Declarations
import Glibc
import LuaRuntime
public import Probing

/// The VM of control: checks and announce rules of one generation. Control's thread only.
public final class ControlScripts {
    let vm: LuaVM
    let evaluation: Evaluation
    let explanation: ErrorExplanation
    let runners: PreludeRunners
    let configuration: DeclaredConfiguration
    private let slot: RunSlot
    /// A test's own, which it moves.
    var clock: () -> Double = ControlScripts.monotonicSeconds
    private lazy var announcedPrefixes = RuleTable.announced(configuration.announcements)
    /// Positions of announcements that have a rule, those that share one together.
    private lazy var ruledAnnouncements = Self.ruled(configuration.announcements)
    /// Runs that have not ended, kept alive until they do.
    private var running: [ObjectIdentifier: CheckRun] = [:]

    init(
        vm: LuaVM, evaluation: Evaluation, configuration: DeclaredConfiguration,
        slot: RunSlot, runners: PreludeRunners
    ) {
        self.vm = vm
        self.evaluation = evaluation
        self.configuration = configuration
        self.slot = slot
        self.runners = runners
        explanation = ErrorExplanation(definedNames: evaluation.definedNames)
        evaluation.visitorRunner = runners.visitor
    }

    /// What the file made for matching queries, for the plane's VMs.
    var matchObjects: MatchObjects { evaluation.matchObjects }

    /// What the VM holds and may hold.
    public var memory: ScriptMemory {
        ScriptMemory(machine: vm.name, bytes: vm.memoryBytes, bytesMax: vm.limits.memoryBytesMax)
    }

    /// Told when a script changes how a server is checked: its declaration as it is then.
    public var onHealthCheckChange: (ServerDeclaration) -> Void {
        get { evaluation.onHealthCheckChange }
        set { evaluation.onHealthCheckChange = newValue }
    }

    /// Names the running records of the declared servers, in the order of their declaration, so that
    /// scripts' server objects show and change live state.
    public func bind(_ handles: [ServerHandle]) {
        evaluation.handles = handles
    }

    /// Names the running packet caches, by their declarations' positions.
    public func bind(_ caches: [PacketCache]) {
        evaluation.caches = caches
    }

    /// Names the running blocks, and where to find what the plane saw.
    public func bind(_ blocks: BlockServices) {
        evaluation.blocks = blocks
    }

    /// Whether the file has groups of rules that will want to look at the traffic.
    public var watchesTraffic: Bool { evaluation.matchObjects.blockGroups.count > 0 }

    /// Inserts the blocks that the file itself ordered: called once, when it serves.
    public func insertDeclaredBlocks() {
        let orders = evaluation.declaredBlocks
        evaluation.declaredBlocks = []
        for order in orders {
            evaluation.blocks?.table.insert(order, nowMicroseconds: evaluation.blockClock())
        }
    }

    /// Runs a check once.
    ///
    /// `done` is called once on this thread, perhaps before this returns, and not after
    /// ``CheckRun/cancel()``. The wall clock is the caller's: it cancels a run that takes longer than
    /// the check's timeout.
    ///
    /// - Parameter index: the check's position in ``DeclaredConfiguration/checks``.
    @discardableResult
    public func runCheck(
        _ index: Int, context: CheckContext, prober: any Prober,
        done: @escaping (CheckOutcome, CheckTrace) -> Void
    ) -> CheckRun {
        let reference = configuration.checks[index].run
        let run = CheckRun(
            scripts: self, prober: prober, context: context, location: reference.location,
            done: done)
        running[ObjectIdentifier(run)] = run
        run.start(evaluation.functions[reference.ordinal])
        return run
    }

    /// Asks an announcement's rule what to do; without a rule, announces the static attributes.
    ///
    /// - Parameter index: the position in ``DeclaredConfiguration/announcements``.
    public func evaluateRule(_ index: Int, node: NodeView) -> RuleResult {
        let announcement = configuration.announcements[index]
        guard let rule = announcement.rule else { return .announce(announcement.attributes) }
        let table = RuleTable.node(node, announced: announcedPrefixes)
        return ask(rule, of: [announcement], table)[0]
    }

    /// Asks every rule, those that several announcements share once: a rule is a pure function of
    /// what it is given. The results are by position in ``DeclaredConfiguration/announcements``.
    public func evaluateRules(node: NodeView) -> [Int: RuleResult] {
        let announcements = configuration.announcements
        let table = RuleTable.node(node, announced: announcedPrefixes)
        var results: [Int: RuleResult] = [:]
        for indices in ruledAnnouncements {
            guard let rule = announcements[indices[0]].rule else { continue }
            let some = ask(rule, of: indices.map { announcements[$0] }, table)
            for (index, result) in zip(indices, some) { results[index] = result }
        }
        return results
    }

    private static func ruled(_ announcements: [AnnouncementDeclaration]) -> [[Int]] {
        Dictionary(
            grouping: announcements.indices.filter { announcements[$0].rule != nil },
            by: { announcements[$0].rule?.ordinal }
        ).values.sorted { $0[0] < $1[0] }
    }

    /// Calls a rule; what it means for each of the announcements that share it.
    private func ask(
        _ rule: FunctionReference, of announcements: [AnnouncementDeclaration], _ node: LuaValue
    ) -> [RuleResult] {
        vm.phase = .rule
        do throws(LuaError) {
            let results = try vm.call(
                runners.rule, [.function(evaluation.functions[rule.ordinal]), node],
                budgetMilliseconds: configuration.scriptLimits.controlMilliseconds)
            defer { release(results) }
            var last: (announcement: AnnouncementDeclaration, result: RuleResult)?
            return announcements.map { announcement in
                // Prefixes of one `announce` have the same attributes for it to change.
                if let last, last.announcement.shares(with: announcement) { return last.result }
                let result = RuleVerdict.result(
                    of: results, merging: announcement, from: rule.location)
                last = (announcement, result)
                return result
            }
        } catch {
            let fault = explanation.fault(error, in: rule.location)
            return announcements.map { _ in .failed(fault) }
        }
    }

    /// Ends all runs and the VM.
    public func close() {
        for run in running.values { run.cancel() }
        vm.close()
    }

    // MARK: For runs

    func task(_ function: LuaFunction, _ context: CheckContext) -> LuaTask {
        let task = vm.start(runners.check, [.function(function), Self.table(context)])
        task.budgetMilliseconds = configuration.scriptLimits.controlMilliseconds
        return task
    }

    func location(of function: LuaFunction) -> SourceLocation? {
        vm.location(of: function).map { SourceLocation(file: $0.file, line: $0.line) }
    }

    func resume(_ task: LuaTask, _ values: [LuaValue], for branch: CheckBranch) -> LuaTask.Step {
        vm.phase = .check
        slot.current = branch
        defer { slot.current = nil }
        return task.resume(values)
    }

    func release(_ results: [LuaValue]) {
        for result in results { vm.releaseFunctions(in: result) }
    }

    func ended(_ run: CheckRun) {
        running[ObjectIdentifier(run)] = nil
    }

    /// Seconds of the monotonic clock: what traces show, and what is left of a run.
    func now() -> Double { clock() }

    private static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func table(_ context: CheckContext) -> LuaValue {
        var table = LuaTable([
            "name": .text(context.name), "deadline": .number(context.deadlineSeconds),
        ])
        if let target = context.target { table["target"] = .text(target) }
        if let previous = context.previous {
            table["previous"] = .table(
                LuaTable(["up": .boolean(previous.isUp), "detail": .text(previous.detail)]))
        }
        return .table(table)
    }
}
