// SPDX-License-Identifier: Apache-2.0
//
// A reload is a transaction (DESIGN §4): a whole generation is built beside the running one, its new
// listeners are bound, its checks are tried; any failure leaves everything as it was. Only then is
// the difference applied. While it waits for first verdicts or for the stream loop, what is decided
// is decided by the generation that serves.

import Declarations
import Glibc
import Health
import Logging
import Scripting

extension Controller {
    /// Builds and applies a new generation; reloads wait for one another.
    ///
    /// - Parameter by: who asked, for the journal.
    func reload(force: Bool, dryRun: Bool, by: String = "a signal") async -> ControlReply {
        let previous = reloadTail
        let task = Task {
            await previous?.value
            return await self.attemptReload(force: force, dryRun: dryRun, by: by)
        }
        reloadTail = Task { _ = await task.value }
        return await task.value
    }

    /// What SIGHUP asks for. Signals that come while one waits its turn ask for nothing more: it
    /// will read the file as it is then. Before the daemon serves, the reload waits for that.
    func reloadBySignal() async {
        guard reloadsWaiting == 0, !isStopping else { return }
        reloadsWaiting += 1
        guard isReady else { return }
        _ = await reload(force: false, dryRun: false)
    }

    private func attemptReload(force: Bool, dryRun: Bool, by: String) async -> ControlReply {
        reloadsWaiting = 0
        guard isReady, !isStopping else {
            return ControlReply(
                exitStatus: 1, message: isReady ? "pharos is stopping" : "pharos is still starting")
        }
        if !dryRun { notifier.reloading() }
        defer { if !dryRun { notifier.ready(status: "generation \(generationNumber)") } }
        do throws(DaemonError) {
            let message = try await performReload(force: force, dryRun: dryRun)
            if !dryRun { note(result: "ok", message: message, by: by) }
            return ControlReply(exitStatus: 0, message: message)
        } catch {
            let message = error.description
            if !dryRun {
                note(result: "rejected", message: message, by: by)
                logger.error(
                    "reload rejected, generation \(generationNumber) serves on: \(message)")
            }
            return ControlReply(exitStatus: 1, message: message)
        }
    }

    private func note(result: String, message: String, by: String) {
        journalReload(result: result, message: message, by: by)
        lastReload.result = result
        lastReload.message = message
        lastReload.count += 1
        lastReload.at = ControlClock.timestamp(unixSeconds: ControlClock.unixSeconds)
        if result == "ok" { reloadCounts.accepted += 1 } else { reloadCounts.rejected += 1 }
    }

    private func performReload(force: Bool, dryRun: Bool) async throws(DaemonError) -> String {
        let built = try await build(mode: dryRun ? .dryRun : .run)
        try refuseWhenStopping()
        guard let live = generation else { throw .request("not started yet") }
        let difference = ConfigurationDifference(
            from: live.configuration, to: built.configuration)
        if !force, let loss = built.configuration.loss(from: live.configuration) {
            throw .removesEverything(loss)
        }
        let routes = preview(built)
        if !force,
            let refusal = routes?.refusal(share: live.configuration.reloadWithdrawShareMax)
        {
            throw .configuration(refusal)
        }
        if dryRun {
            let lines = difference.lines + (routes?.lines ?? [])
            return lines.isEmpty
                ? "the declarations are the same; what functions do is not compared"
                : lines.joined(separator: "\n")
        }
        try await rehearse(built, besides: live.configuration)
        try refuseWhenStopping()
        try await apply(built)
        refreshRoutes(cause: "reload")
        for line in difference.lines { logger.notice("reload: \(line)") }
        let summary = "generation \(generationNumber) serves"
        logger.notice("\(summary)", metadata: ["changes": "\(difference.lines.count)"])
        return summary
    }

    /// Evaluates the configuration on a thread of its own.
    func build(mode: ScriptMode) async throws(DaemonError) -> BuiltGeneration {
        let options = options
        let planeThreads = planeThreads
        let logger = logger
        let shared = shared
        let planeLog = planeLog
        let limit = BuilderThread.Limit()
        let result = await BuilderThread.run(limit: limit) {
            () -> Result<BuiltGeneration, DaemonError> in
            do throws(ScriptError) {
                let generation = try ScriptBuilder.build(
                    path: options.configuration.name, text: options.configuration.text,
                    settings: options.settings, nodeName: options.nodeName, mode: mode,
                    planeThreads: planeThreads, shared: shared,
                    planeLog: planeLog,
                    onLoadTime: { limit.setLoadTime(milliseconds: $0) }, log: { logger.log($0) })
                return .success(
                    BuiltGeneration(
                        generation: generation,
                        configuration: generation.configuration.overridden(by: options)))
            } catch {
                return .failure(.configuration(error.description))
            }
        }
        guard let result else {
            throw .configuration(
                "\(options.configuration.name): not evaluated after "
                    + "\(limit.duration / .seconds(1)) s; does it read from a slow file system?"
                    + " setScriptLimits{loadTime = …} gives it more time")
        }
        return try result.get()
    }

    /// Runs the new and the changed checks of a generation once, all at the same time: one whose
    /// script fails refuses the reload. What they say about the service is not counted.
    ///
    /// A function's body may differ behind an equal declaration: its digest tells, and when it cannot
    /// the check is tried. But a check that is disabled, or whose script fails already and is declared
    /// as before, is not this reload's fault.
    private func rehearse(
        _ built: BuiltGeneration, besides live: DeclaredConfiguration
    ) async throws(DaemonError) {
        guard let parts else { return }
        let known = Dictionary(live.checks.map { ($0.name, $0) }) { one, _ in one }
        let tried = built.configuration.checks.enumerated().filter { _, check in
            if access(check.disableFile, F_OK) == 0 { return false }
            guard let before = known[check.name] else { return true }
            if parts.checks.isFailing(check.name) {
                return before.withoutPlaces != check.withoutPlaces
            }
            return !before.isSame(as: check)
        }
        if !tried.isEmpty {
            logger.info("reload: trying \(tried.map(\.element.name).joined(separator: ", "))")
        }
        let faults = await parts.rehearsal.run(
            tried.map { (index: $0.offset, declaration: $0.element) },
            scripts: built.generation.control)
        guard faults.isEmpty else {
            throw .configuration(
                faults.map { "check \($0.name) fails to say: \($0.fault)" }
                    .joined(separator: "\n"))
        }
    }
}

extension Logger {
    /// A line that a script logged, with where.
    func log(_ line: ScriptLogLine) {
        let level: Logger.Level =
            switch line.priority {
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        let place = line.location.map { ["at": "\($0)"] as Logger.Metadata }
        log(level: level, "\(line.text)", metadata: place)
    }
}
