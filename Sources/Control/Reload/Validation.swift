// SPDX-License-Identifier: Apache-2.0

import Declarations
import Logging
import Scripting

/// `pharos validate`: everything a run would evaluate, nothing bound, nothing outside changed.
public enum Validation {
    /// Evaluates `source` and tells what it declares, which names it uses and every fault of it that
    /// could be found.
    ///
    /// - Throws: ``DaemonError/configuration(_:)`` when it could not be evaluated in time.
    public static func run(
        _ source: ConfigurationSource, settings: [String: String]
    ) async throws(DaemonError) -> ValidationReport {
        let options = options(source, settings)
        let limit = BuilderThread.Limit()
        let survey = await BuilderThread.run(limit: limit) {
            ScriptBuilder.survey(
                path: options.configuration.name, text: options.configuration.text,
                settings: options.settings, nodeName: options.nodeName,
                localAddresses: LocalAddresses.current() ?? [],
                onLoadTime: { limit.setLoadTime(milliseconds: $0) })
        }
        guard let survey else { throw Self.tooLate(source, limit) }
        return ValidationReport(survey, file: source.name)
    }

    static func build(
        _ source: ConfigurationSource, settings: [String: String]
    ) async throws(DaemonError) -> BuiltGeneration {
        let options = options(source, settings)
        let limit = BuilderThread.Limit()
        let result = await BuilderThread.run(limit: limit) {
            () -> Result<BuiltGeneration, DaemonError> in
            do throws(ScriptError) {
                let generation = try ScriptBuilder.build(
                    path: options.configuration.name, text: options.configuration.text,
                    settings: options.settings, nodeName: options.nodeName, mode: .validate,
                    planeThreads: 1,
                    onLoadTime: { limit.setLoadTime(milliseconds: $0) })
                return .success(
                    BuiltGeneration(
                        generation: generation, configuration: generation.configuration))
            } catch {
                return .failure(.configuration(error.description))
            }
        }
        guard let result else { throw Self.tooLate(source, limit) }
        return try result.get()
    }

    private static func options(
        _ source: ConfigurationSource, _ settings: [String: String]
    ) -> RunOptions {
        var options = RunOptions(
            configuration: source, controlPath: "",
            logger: Logger(label: "pharos") { _ in
                SwiftLogNoOpLogHandler()
            })
        options.settings = settings
        return options
    }

    private static func tooLate(
        _ source: ConfigurationSource, _ limit: BuilderThread.Limit
    ) -> DaemonError {
        .configuration("\(source.name): not evaluated after \(limit.duration / .seconds(1)) s")
    }
}
