// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Logging
import Scripting

/// Which faults of policies were logged already: one line a second for each policy at most, and
/// only while new ones are counted.
struct PolicyWarnings {
    private var logged: [String: UInt64] = [:]

    /// Whether `faults`, the policy's count of them, is news; remembers that it was told.
    mutating func isNews(_ policy: String, faults: UInt64) -> Bool {
        let before = logged.updateValue(faults, forKey: policy) ?? 0
        return faults > before
    }
}

extension Controller {
    /// Logs the last fault of each policy that had one since the last heart-beat.
    func warnOfPolicies() {
        guard let parts, let configuration = generation?.configuration else { return }
        for policy in configuration.usedPolicies {
            let statistics = parts.statistics.statistics(of: policy.name)
            let faults =
                statistics.total(.errors) + statistics.total(.nonsense)
                + statistics.total(.timeouts)
            guard policyWarnings.isNews(policy.name, faults: faults) else { continue }
            let fault = lastPolicyFault(policy)
            var values: Logger.Metadata = ["faults": "\(faults)"]
            if let traceback = fault?.traceback, !traceback.isEmpty {
                values["traceback"] = "\(traceback)"
            }
            let consequence =
                policy.isPlanned ? "its plan stays as it was" : "the fallback answers"
            logger.error(
                """
                policy \(policy.name) failed, \(consequence): \
                \(fault?.description ?? "no words were kept")
                """,
                metadata: values)
        }
    }

    /// What the policy's last fault was: its plan's, or in any plane thread.
    func lastPolicyFault(_ policy: PolicyDeclaration) -> ScriptFault? {
        if policy.isPlanned { return parts?.plans.lastFault(of: policy.name) }
        return generation?.planeScripts?.lastFaults[policy.name]
    }
}
