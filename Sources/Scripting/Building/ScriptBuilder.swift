// SPDX-License-Identifier: Apache-2.0
//
// A configuration is a Lua program, evaluated once for control and, when some function runs for each
// query, once more in a VM for each plane thread. The later evaluations repeat the first: what could
// differ (clock, files, environment, commands' output) is taken from control's journal, declarations
// return handles by ordinal, and the functions they bind must be the same list (DESIGN §3.3).

import Balancing
import Declarations
public import LuaRuntime

/// Evaluates configurations. Any thread; the caller's does all of the work.
public enum ScriptBuilder {
    /// Evaluates a configuration.
    ///
    /// - Parameters:
    ///   - path: the file, as messages name it.
    ///   - text: what to evaluate in place of the file's bytes (the demonstration, tests).
    ///   - settings: what scripts read as `setting.KEY`.
    ///   - nodeName: what scripts read as `node.name`.
    ///   - planeThreads: VMs to make when some function runs for each query.
    ///   - shared: what the VMs of all generations share.
    ///   - planeLog: takes what the plane threads' scripts log; without it those lines are dropped.
    ///   - onLoadTime: told on this thread when the file says how long reading it may take.
    ///   - log: takes what scripts log, while the file is read and later.
    public static func build(
        path: String, text: String? = nil, settings: [String: String] = [:], nodeName: String,
        mode: ScriptMode, planeThreads: Int, limits: LuaLimits = LuaLimits(),
        shared: SharedValues = SharedValues(),
        planeLog: ScriptLogRings? = nil,
        onLoadTime: @escaping @Sendable (_ milliseconds: Int) -> Void = { _ in },
        log: @escaping @Sendable (ScriptLogLine) -> Void = { _ in }
    ) throws(ScriptError) -> Generation {
        let job = job(
            path: path, text: text, settings: settings, nodeName: nodeName, mode: mode,
            limits: limits, shared: shared, planeLog: planeLog, onLoadTime: onLoadTime, log: log)
        return try build(job, mode: mode, planeThreads: planeThreads)
    }

    static func job(
        path: String, text: String?, settings: [String: String], nodeName: String,
        mode: ScriptMode, limits: LuaLimits, shared: SharedValues,
        planeLog: ScriptLogRings? = nil,
        onLoadTime: @escaping @Sendable (_ milliseconds: Int) -> Void,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) -> BuildJob {
        BuildJob(
            path: path, text: text, settings: settings, nodeName: nodeName, limits: limits,
            shared: shared, log: log, onLoadTime: onLoadTime, planeLog: planeLog,
            journal: Journal(
                folder: path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".",
                executesCommands: mode.executesCommands, log: log))
    }

    static func build(
        _ job: BuildJob, mode: ScriptMode, planeThreads: Int
    ) throws(ScriptError) -> Generation {
        let control = try job.evaluateControl()
        let configuration = control.configuration
        try PlanRehearsal(configuration: configuration, scripts: control.scripts).run()
        try HealthQueryRehearsal(configuration: configuration, scripts: control.scripts).run()
        // A function that a later call replaced needs no VM.
        let asksScripts =
            PoolLayout(of: configuration).pools.contains {
                if case .script = $0.policy { true } else { false }
            } || configuration.functions.contains { [.queryRule, .responseRule].contains($0.kind) }
        guard asksScripts else {
            return Generation(
                configuration: configuration, control: control.scripts, plane: nil)
        }
        // A VM of its own: what the rehearsal leaves in a script's variables is thrown away.
        let objects = control.scripts.matchObjects
        let rehearsal = try job.evaluatePlane(configuration, sharing: objects, thread: nil)
        defer { rehearsal.vm.close() }
        try PolicyRehearsal(configuration: configuration).run(rehearsal)
        guard mode.makesPlaneScripts else {
            return Generation(
                configuration: configuration, control: control.scripts, plane: nil)
        }
        var contexts: [PlaneContext] = []
        for thread in 0..<planeThreads {
            contexts.append(try job.evaluatePlane(configuration, sharing: objects, thread: thread))
        }
        return Generation(
            configuration: configuration, control: control.scripts,
            plane: PlaneScripts(contexts: contexts, configuration: configuration))
    }
}
