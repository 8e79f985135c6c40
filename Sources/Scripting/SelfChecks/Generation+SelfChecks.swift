// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

extension Generation {
    /// What a dry run of the checks tells: those that this daemon's own ACL or cache would mislead,
    /// those that name what is not there, and servers that are this daemon. A line each.
    ///
    /// Changes the scripts' variables: for generations that never serve.
    func checkWarnings(localAddresses: Set<IPAddress>) -> [String] {
        let judge = SelfCheck(configuration, localAddresses: localAddresses)
        var dryRun = CheckDryRun(scripts: control, checks: configuration.checks)
        dryRun.run()
        var lines: [String] = []
        for asked in dryRun.asked {
            for problem in judge.problems(of: asked.query) {
                let line =
                    "\(asked.check.location): check '\(asked.check.name)' "
                    + SelfCheck.words(problem, of: asked.query)
                if !lines.contains(line) { lines.append(line) }
            }
        }
        for (check, fault) in dryRun.faults {
            lines.append("\(fault) (check '\(check.name)', tried with made-up answers)")
        }
        return lines + judge.warnings(ofServers: configuration.servers)
    }
}
