// SPDX-License-Identifier: Apache-2.0
//
// A reload is a transaction (DESIGN §4): a whole generation is built beside the running one, its new
// listeners are bound, its checks are tried; any failure leaves everything as it was. Only then is
// the difference applied, in one turn of the event loop.

import Declarations
import Logging
import Scripting

extension Controller {
    /// Builds and applies a new generation; reloads wait for one another.
    func reload(force: Bool, dryRun: Bool) async -> ControlReply {
        let previous = reloadTail
        let task = Task {
            await previous?.value
            return await self.attemptReload(force: force, dryRun: dryRun)
        }
        reloadTail = Task { _ = await task.value }
        return await task.value
    }

    private func attemptReload(force: Bool, dryRun: Bool) async -> ControlReply {
        if !dryRun { notifier.reloading() }
        defer { if !dryRun { notifier.ready(status: "generation \(generationNumber)") } }
        do throws(DaemonError) {
            let message = try await performReload(force: force, dryRun: dryRun)
            if !dryRun { note(result: "ok", message: message) }
            return ControlReply(exitStatus: 0, message: message)
        } catch {
            let message = error.description
            if !dryRun {
                note(result: "rejected", message: message)
                logger.error(
                    "reload rejected, generation \(generationNumber) serves on: \(message)")
            }
            return ControlReply(exitStatus: 1, message: message)
        }
    }

    private func note(result: String, message: String) {
        lastReload.result = result
        lastReload.message = message
        lastReload.count += 1
        lastReload.at = ControlClock.timestamp(unixSeconds: ControlClock.unixSeconds)
        if result == "ok" { reloadCounts.accepted += 1 } else { reloadCounts.rejected += 1 }
    }

    private func performReload(force: Bool, dryRun: Bool) async throws(DaemonError) -> String {
        let built = try await build(mode: dryRun ? .dryRun : .run)
        guard let live = generation else { throw .request("not started yet") }
        let difference = ConfigurationDifference(
            from: live.configuration, to: built.configuration)
        if !force, let loss = built.configuration.loss(from: live.configuration) {
            throw .removesEverything(loss)
        }
        if dryRun {
            return difference.lines.isEmpty
                ? "nothing would change" : difference.lines.joined(separator: "\n")
        }
        try await rehearse(built)
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
        let result = await BuilderThread.run { () -> Result<BuiltGeneration, DaemonError> in
            do throws(ScriptError) {
                let generation = try ScriptBuilder.build(
                    path: options.configuration.name, text: options.configuration.text,
                    settings: options.settings, nodeName: options.nodeName, mode: mode,
                    planeThreads: planeThreads, shared: shared, log: { logger.log($0) })
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
                    + "\(BuilderThread.limitSeconds) s; does it read from a slow file system?")
        }
        return try result.get()
    }

    /// Runs every check of the new generation once: one whose script fails refuses the reload.
    /// What they say about the service is not counted.
    private func rehearse(_ built: BuiltGeneration) async throws(DaemonError) {
        guard let parts else { return }
        for (index, declaration) in built.configuration.checks.enumerated() {
            let outcome = await parts.rehearsal.run(
                index, of: declaration, scripts: built.generation.control,
                previous: parts.checks.machine(declaration.name))
            if case .error(let fault) = outcome {
                throw .configuration("check \(declaration.name) fails to say: \(fault)")
            }
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
