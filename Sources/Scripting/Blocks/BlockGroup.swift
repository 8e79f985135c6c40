// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations

/// What `dynBlockRulesGroup()` returns: rules, and whom they spare. Control's thread, once the file
/// was read; a plane's VM does not touch its groups after that.
final class BlockGroup {
    /// `setSuffixMatchRule`: a script looks at every name.
    struct SuffixRule {
        let seconds: Int
        let reason: String
        let blockSeconds: Int
        let action: ScriptAction
        /// In ``DeclaredConfiguration/functions``.
        let visitor: FunctionReference
    }

    var rules = BlockRules()
    var suffixRule: SuffixRule?
    /// `setNewBlockInsertedHook`.
    var hook: FunctionReference?
    /// `setQuiet`.
    var isQuiet = false
    /// Matches what is excluded; the longest netmask decides.
    let excludedRanges = NetmaskGroup()
    let excludedNames = SuffixMatchNode()

    /// What the rules find, as blocks.
    func orders(
        in traffic: TrafficRings, nowMicroseconds: UInt64, hitRatio: () -> Double
    ) -> [BlockOrder] {
        rules.findings(in: traffic, nowMicroseconds: nowMicroseconds, hitRatio: hitRatio)
            .compactMap { finding in
                guard !excludedRanges.contains(finding.source.network.address) else { return nil }
                let rule = rules.rules[finding.rule]
                return BlockOrder(
                    .source(finding.source), reason: rule.reason, seconds: rule.blockSeconds,
                    action: rule.action, isWarning: finding.isWarning,
                    detail: rule.words(for: finding), isQuiet: isQuiet)
            }
    }
}
