// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import LuaRuntime

/// One build: its inputs, and the journal that its evaluations share.
struct BuildJob {
    let path: String
    let text: String?
    let settings: [String: String]
    let nodeName: String
    var limits: LuaLimits
    let shared: SharedValues
    let log: @Sendable (ScriptLogLine) -> Void
    var onLoadTime: @Sendable (_ milliseconds: Int) -> Void = { _ in }
    var planeLog: ScriptLogRings?
    let journal: Journal
    /// Notes what the file calls; `pharos validate` only.
    var survey: NameSurvey?
    /// What is read instead of a file, by its path: the file without what was found to fail.
    var replacements: [String: [UInt8]] = [:]

    // MARK: Control

    func evaluateControl() throws(ScriptError) -> (
        configuration: DeclaredConfiguration, scripts: ControlScripts
    ) {
        let slot = RunSlot()
        let vm = try explained { () throws(LuaError) in
            try LuaVM(name: "control", limits: limits)
        }
        let hooks = replacing(journal.recordingHooks)
        vm.environment = hooks
        vm.runtimeEnvironment = Journal.runtimeHooks(log: log)
        let evaluation = evaluation(in: vm, role: .control, hooks, log: log)
        let runners = try explained(evaluation) { () throws(LuaError) in
            try evaluation.defineNames()
            try evaluation.defineWaitingNames(slot)
            try Prelude.run(Prelude.common, in: vm)
            try survey?.prepare(vm)
            let runners = try PreludeRunners(in: vm)
            try survey?.noteGlobals(vm)
            try vm.noteBaseline()
            return runners
        }
        evaluation.survey = survey
        var configuration = try read(evaluation)
        noteDigests(of: evaluation, in: &configuration)
        return (
            configuration,
            ControlScripts(
                vm: vm, evaluation: evaluation, configuration: configuration, slot: slot,
                runners: runners)
        )
    }

    /// Evaluates the file, and judges what only the whole shows.
    private func read(_ evaluation: Evaluation) throws(ScriptError) -> DeclaredConfiguration {
        try runFile(evaluation)
        evaluation.bindMaintenance()
        let faults = evaluation.completionFaults()
        if let survey, survey.isCollecting {
            survey.completionFaults = faults
            return evaluation.configuration
        }
        guard faults.isEmpty else { throw ScriptError(faults) }
        evaluation.resolveServerTargets()
        evaluation.resolveWatches()
        evaluation.noteSuspicions()
        evaluation.endLoading()
        evaluation.configuration.files = [path] + journal.filesRead.filter { $0 != path }
        return evaluation.configuration
    }

    private func runFile(_ evaluation: Evaluation) throws(ScriptError) {
        let source: [UInt8]
        switch replacements[path].map({ .bytes($0) }) ?? text.map({ .bytes(Array($0.utf8)) })
            ?? evaluation.readFile(path)
        {
        case .bytes(let bytes): source = bytes
        case .failure(let message, _):
            // It begins with the path.
            throw ScriptError(ScriptFault(message: message, location: nil))
        }
        _ = try explained(evaluation, in: SourceLocation(file: path, line: 1)) {
            () throws(LuaError) in
            let chunk = try evaluation.vm.load(source, chunkName: path)
            defer { evaluation.vm.release(chunk) }
            _ = try evaluation.vm.call(chunk)
            return try evaluation.answerLookups()
        }
    }

    /// Tells checks apart that are declared alike (DESIGN §4): the digest of what each function can
    /// do. One that refers to something which cannot be looked into counts as changed when anything
    /// that the evaluation read or was answered differs.
    private func noteDigests(
        of evaluation: Evaluation, in configuration: inout DeclaredConfiguration
    ) {
        var inputs = Hasher()
        inputs.combine(journal.digest)
        inputs.combine(text)
        inputs.combine(settings)
        inputs.combine(nodeName)
        let read = UInt64(bitPattern: Int64(inputs.finalize()))
        for index in configuration.checks.indices {
            let function = evaluation.functions[configuration.checks[index].run.ordinal]
            do throws(LuaError) {
                let digest = try evaluation.vm.digest(
                    of: function, knownKinds: Self.handleKinds.map(\.rawValue))
                configuration.checks[index].runDigest =
                    digest.isSure ? digest.value : digest.value ^ read
            } catch {
                // No memory for it: it stays unknown, and so counts as changed.
                configuration.checks[index].runDigest = nil
            }
        }
    }

    /// Objects of which a check can make no more than their number says.
    private static let handleKinds: [ObjectKind] = [
        .policy, .selector, .action, .check, .neighbor, .announcement, .shared, .responseAction,
        .logger, .ruleAction, .frontend, .header, .inert,
    ]

    // MARK: The plane

    /// Repeats the evaluation in a VM for a plane thread, or for the rehearsal (`nil`).
    ///
    /// - Parameter objects: control's, which the plane's scripts then have for theirs.
    func evaluatePlane(
        _ control: DeclaredConfiguration, sharing objects: MatchObjects, thread: Int?
    ) throws(ScriptError) -> PlaneContext {
        let box = PlaneBox(log: thread.flatMap { planeLog?.ring(of: $0) })
        let name = thread.map { "plane \($0)" } ?? "rehearsal"
        let vm = try explained { () throws(LuaError) in try LuaVM(name: name, limits: limits) }
        let hooks = journal.replayingHooks()
        vm.environment = hooks
        // What it logs, control's evaluation has logged.
        let evaluation = evaluation(in: vm, role: .plane, hooks) { _ in }
        let kit = try explained(evaluation) { () throws(LuaError) in
            let kit = try PlanePolicyVM(
                vm, PlaneCallbacks.plane(context: UnsafeMutableRawPointer(box.cell)))
            evaluation.plane = try PlaneEvaluation(kit, logsToRing: true)
            try PlaneQueryAccess.define(in: kit)
            try evaluation.defineNames()
            try Prelude.run(Prelude.common, in: vm)
            try vm.set("__pharos", .nil)
            return kit
        }
        try runFile(evaluation)
        evaluation.bindMaintenance()
        try verifyAgreement(control, evaluation.configuration)
        try verifyAgreement(objects, evaluation.matchObjects)
        evaluation.matchObjects = objects
        evaluation.endLoading()
        return try explained(evaluation) { () throws(LuaError) in
            let context = try PlaneContext(
                kit: kit, box: box, evaluation: evaluation,
                layout: PoolLayout(of: control))
            vm.phase = .policy
            return context
        }
    }

    /// The functions must be the same list, and the ordinals of servers mean the same servers.
    private func verifyAgreement(
        _ control: DeclaredConfiguration, _ plane: DeclaredConfiguration
    ) throws(ScriptError) {
        for (ours, theirs) in zip(control.functions, plane.functions) where ours != theirs {
            throw disagreement(ours, theirs)
        }
        let (count, counted) = (control.functions.count, plane.functions.count)
        guard count == counted, control.servers.map(\.identity) == plane.servers.map(\.identity)
        else {
            let extra = count > counted ? control.functions[counted] : nil
            throw ScriptError(
                ScriptFault(
                    message: "the file declares something else each time it is evaluated:"
                        + " \(control.servers.count) servers and \(count) functions, then"
                        + " \(plane.servers.count) and \(counted)",
                    location: extra?.location ?? SourceLocation(file: path, line: 1)))
        }
    }

    private func verifyAgreement(
        _ control: MatchObjects, _ plane: MatchObjects
    ) throws(ScriptError) {
        guard control.counts != plane.counts else { return }
        throw ScriptError(
            ScriptFault(
                message: "the file makes other match nodes, name sets, netmask groups, limiters or"
                    + " groups of block rules each time it is evaluated",
                location: SourceLocation(file: path, line: 1)))
    }

    private func disagreement(
        _ ours: FunctionReference, _ theirs: FunctionReference
    ) -> ScriptError {
        ScriptError(
            ScriptFault(
                message: "the file binds other functions each time it is evaluated:"
                    + " \(ours.kind.rawValue) '\(ours.name)' here, then"
                    + " \(theirs.kind.rawValue) '\(theirs.name)' at \(theirs.location)",
                location: ours.location))
    }

    // MARK: Parts

    /// For an evaluation that only repeats another one.
    private func replacing(_ hooks: EnvironmentHooks) -> EnvironmentHooks {
        guard let survey, survey.isCollecting else { return hooks }
        var hooks = hooks
        let (read, run) = (hooks.readFile, hooks.popen)
        let (journal, replacements) = (journal, replacements)
        hooks.popen = { command throws(EnvironmentError) in
            if let output = journal.output(of: command) { return output }
            return try run(command)
        }
        hooks.readFile = { path throws(EnvironmentError) in
            if let bytes = replacements[path] { return .bytes(bytes) }
            return try read(path)
        }
        return hooks
    }

    private func evaluation(
        in vm: LuaVM, role: Evaluation.Role, _ hooks: EnvironmentHooks,
        log: @escaping (ScriptLogLine) -> Void
    ) -> Evaluation {
        let evaluation = Evaluation(
            vm: vm, role: role, path: path, nodeName: nodeName, settings: settings,
            shared: shared, hooks: hooks, listFolder: journal.listing, log: log)
        evaluation.resolve = { [journal] in journal.addresses(of: $0) }
        evaluation.onLoadTime = onLoadTime
        return evaluation
    }

    private func explained<Value>(
        _ evaluation: Evaluation? = nil, in place: SourceLocation? = nil,
        _ body: () throws(LuaError) -> Value
    ) throws(ScriptError) -> Value {
        do throws(LuaError) {
            return try body()
        } catch {
            let names = evaluation?.definedNames ?? []
            throw ScriptError(ErrorExplanation(definedNames: names).fault(error, in: place))
        }
    }
}
