// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

extension BlockRule {
    /// What was measured and what it exceeds, for the log: `41.2 queries a second over 10 s, above
    /// 20`.
    func words(for finding: BlockRules.Finding) -> String {
        let limit = finding.isWarning ? warningLimit : self.limit
        let value = (finding.value * 100).rounded() / 100
        let window = seconds > 0 ? " over \(seconds) s" : ""
        return "\(TimeText.number(value)) \(unit)\(window), above \(TimeText.number(limit))"
    }

    private var unit: String {
        switch measure {
        case .queries: "queries a second"
        case .answerBytes: "octets a second"
        case .queryType(let type): "queries for \(DNSType(rawValue: type).name) a second"
        case .responseCode(let code):
            "answers with \(ResponseCode(rawValue: code).name) a second"
        case .responseCodeRatio(let code):
            "of its answers with \(ResponseCode(rawValue: code).name)"
        case .cacheMissRatio: "of its answers from no cache"
        }
    }

    /// What the rule says, for `toString`.
    var text: String {
        let what = action == .none ? "the default action" : action.words
        let limits = warningLimit > 0 ? ", a warning above \(TimeText.number(warningLimit))" : ""
        return "\(what) for \(blockSeconds) s above \(TimeText.number(limit)) \(unit)"
            + " over \(seconds) s\(limits), reason '\(reason)'"
    }
}
