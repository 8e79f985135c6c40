// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Logging
import Probing
import Scripting

/// Warns of checks that this daemon's own ACL or cache misleads, as they run: once each for a
/// generation.
///
/// Confined to control's event loop.
final class SelfCheckLog {
    private let logger: Logger
    private var judge: SelfCheck?
    /// What was asked and judged already: checks ask the same at every run.
    private var judged: Set<Asked> = []
    private var told: Set<String> = []

    private struct Asked: Hashable {
        let check: String
        let query: SelfCheck.Query
    }

    /// A check that asks something else each time must not fill memory.
    private static let judgedMax = 4_096

    init(logger: Logger) {
        self.logger = logger
    }

    /// Judges by a new generation from now on, and tells of its servers' health checks.
    func apply(_ configuration: DeclaredConfiguration) {
        let judge = SelfCheck(
            configuration, localAddresses: LocalAddresses.current() ?? [])
        self.judge = judge
        judged = []
        told = []
        for line in judge.warnings(ofServers: configuration.servers) {
            logger.warning("\(line)")
        }
    }

    /// The prober for a run of `check`.
    func watching(_ prober: any Prober, check: String) -> any Prober {
        SelfCheckProber(prober) { [weak self] in self?.note($0, check: check) }
    }

    private func note(_ query: SelfCheck.Query, check: String) {
        guard let judge, judged.count < Self.judgedMax,
            judged.insert(Asked(check: check, query: query)).inserted
        else { return }
        for problem in judge.problems(of: query) {
            let line = "check \(check) \(SelfCheck.words(problem, of: query))"
            if told.insert(line).inserted { logger.warning("\(line)") }
        }
    }
}
