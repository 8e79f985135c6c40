// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

extension Pipeline {
    /// Applies the query rules; `nil` when the query goes on to its pool.
    mutating func applyRules(_ view: UnsafePointer<PlaneView>) -> QueryDecision? {
        let verdict = view.pointee.rules.verdict(for: query)
        // A script may have written another message.
        if view.pointee.rules.hasScripts, !readQuestion() {
            counters.count(.nonCompliantQueries)
            return .drop
        }
        switch verdict {
        case .forward: return nil
        case .drop:
            counters.count(.ruleDrops)
            return .drop
        case .truncate:
            counters.count(.ruleTruncated)
            return answer(.noError, isTruncated: true)
        case .answer(let rawCode, let options):
            let code = ResponseCode(rawValue: rawCode)
            countRule(code)
            return answer(code, options: options)
        case .spoof(let spoofed): return answer(spoofed)
        case .spoofText(let action): return answerText(action)
        case .answered: return answerAsMade()
        }
    }

    private func countRule(_ code: ResponseCode) {
        switch code {
        case .nameError: counters.count(.ruleNameErrors)
        case .refused: counters.count(.ruleRefused)
        case .serverFailure: counters.count(.ruleServerFailures)
        default: break
        }
    }

    /// Reads the question again. False when the message has none any more.
    private func readQuestion() -> Bool {
        guard let question = query.pointee.message?.question,
            query.pointee.packetLength <= query.pointee.packetCapacity
        else { return false }
        query.pointee.nameLength = Int32(question.nameBytes)
        query.pointee.queryType = question.type.rawValue
        query.pointee.queryClass = question.class.rawValue
        return true
    }
}
