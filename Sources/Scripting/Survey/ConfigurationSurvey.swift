// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import LuaRuntime

/// What `pharos validate` finds out about a configuration.
public struct ConfigurationSurvey: Sendable {
    /// `nil` when it is refused.
    public let generation: Generation?
    /// Every reason to refuse it that could be found.
    public let faults: [ScriptFault]
    /// What a dry run of the checks shows.
    public let checkWarnings: [String]
    public let names: NameTable
}

extension ScriptBuilder {
    /// Evaluates a configuration as ``build(path:text:settings:nodeName:mode:planeThreads:limits:shared:onLoadTime:log:)``
    /// does in mode `.validate`, and looks at the names it uses; one that is refused is searched for
    /// further faults.
    ///
    /// - Parameter localAddresses: this host's.
    public static func survey(
        path: String, text: String? = nil, settings: [String: String] = [:], nodeName: String,
        localAddresses: Set<IPAddress> = [], limits: LuaLimits = LuaLimits(),
        onLoadTime: @escaping @Sendable (_ milliseconds: Int) -> Void = { _ in },
        log: @escaping @Sendable (ScriptLogLine) -> Void = { _ in }
    ) -> ConfigurationSurvey {
        let survey = NameSurvey(isCollecting: false)
        var job = job(
            path: path, text: text, settings: settings, nodeName: nodeName, mode: .validate,
            limits: limits, shared: SharedValues(), onLoadTime: onLoadTime, log: log)
        job.survey = survey
        var generation: Generation?
        var faults: [ScriptFault] = []
        do throws(ScriptError) {
            generation = try build(job, mode: .validate, planeThreads: 1)
        } catch {
            faults = FaultSearch(job: job).all(error.faults)
        }
        return ConfigurationSurvey(
            generation: generation, faults: faults,
            checkWarnings: generation?.checkWarnings(localAddresses: localAddresses) ?? [],
            names: survey.table(
                sources: sources(of: job), globals: survey.globals, faults: faults))
    }

    /// Lists that a script reads may be large, and are no scripts.
    private static let sourceBytesMax = 1 << 20

    /// The files that were read and are Lua.
    private static func sources(of job: BuildJob) -> [(path: String, bytes: [UInt8])] {
        guard let vm = try? LuaVM(name: "survey") else { return [] }
        defer { vm.close() }
        var sources: [(path: String, bytes: [UInt8])] = []
        for path in [job.path] + job.journal.filesRead.filter({ $0 != job.path }) {
            let own = path == job.path ? job.text.map { Array($0.utf8) } : nil
            guard let bytes = own ?? job.journal.text(of: path), bytes.count <= sourceBytesMax,
                let chunk = try? vm.load(bytes, chunkName: path)
            else { continue }
            vm.release(chunk)
            sources.append((path, bytes))
        }
        return sources
    }
}
