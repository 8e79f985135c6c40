// SPDX-License-Identifier: Apache-2.0

import Declarations
import Logging
import Scripting

/// `pharos validate`: everything a run would evaluate, nothing bound, nothing outside changed.
public enum Validation {
    /// Evaluates `source` and returns a summary; warnings go to `complain`, a line each.
    ///
    /// - Throws: ``DaemonError/configuration(_:)`` with `FILE:LINE: message`.
    public static func run(
        _ source: ConfigurationSource, settings: [String: String],
        complain: (String) -> Void
    ) async throws(DaemonError) -> String {
        let built = try await build(source, settings: settings)
        let declared = built.configuration
        for warning in declared.warnings { complain("warning: \(warning)") }
        if declared.isEmpty { complain("warning: \(source.name) declares nothing at all") }
        let counts = [
            (declared.effectiveListeners.count, "listener"), (declared.servers.count, "server"),
            (declared.checks.count, "check"), (declared.neighbors.count, "neighbor"),
            (declared.announcements.count, "route"),
        ].map { "\($0) \($1)\($0 == 1 ? "" : "s")" }
        return "\(source.name): valid: \(counts.joined(separator: ", "))"
    }

    static func build(
        _ source: ConfigurationSource, settings: [String: String]
    ) async throws(DaemonError) -> BuiltGeneration {
        var options = RunOptions(
            configuration: source, controlPath: "",
            logger: Logger(label: "pharos") { _ in
                SwiftLogNoOpLogHandler()
            })
        options.settings = settings
        let final = options
        let limit = BuilderThread.Limit()
        let result = await BuilderThread.run(limit: limit) {
            () -> Result<BuiltGeneration, DaemonError> in
            do throws(ScriptError) {
                let generation = try ScriptBuilder.build(
                    path: final.configuration.name, text: final.configuration.text,
                    settings: final.settings, nodeName: final.nodeName, mode: .validate,
                    planeThreads: 1,
                    onLoadTime: { limit.setLoadTime(milliseconds: $0) })
                return .success(
                    BuiltGeneration(
                        generation: generation, configuration: generation.configuration))
            } catch {
                return .failure(.configuration(error.description))
            }
        }
        guard let result else {
            throw .configuration(
                "\(source.name): not evaluated after \(limit.duration / .seconds(1)) s")
        }
        return try result.get()
    }
}
