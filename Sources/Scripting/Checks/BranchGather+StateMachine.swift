// SPDX-License-Identifier: Apache-2.0

extension BranchGather {
    /// Decides as soon as what is still missing cannot change the verdict. Pure.
    struct StateMachine {
        private let labels: [String]
        private let needed: Int
        private var outcomes: [CheckOutcome?]

        /// Parts whose words a detail holds; the trace has them all.
        private static let partsToldMax = 3

        init(labels: [String], needed: Int) {
            self.labels = labels
            self.needed = needed
            outcomes = Array(repeating: nil, count: labels.count)
        }

        /// Takes what one part came to; returns the verdict once it is sure.
        mutating func record(_ outcome: CheckOutcome, at index: Int) -> CheckOutcome? {
            outcomes[index] = outcome
            let known = outcomes.compactMap { $0 }
            var scores: [Double] = []
            var downs: [Bool] = []
            var fault: ScriptFault?
            for outcome in known {
                switch outcome {
                case .up(let score, _): scores.append(score)
                case .down(_, let isHard): downs.append(isHard)
                case .error(let found): fault = fault ?? found
                }
            }
            if scores.count >= needed {
                scores.sort(by: >)
                return .up(score: scores[needed - 1], detail: words(ups: scores.count, isUp: true))
            }
            if downs.count > labels.count - needed {
                return .down(
                    detail: words(ups: scores.count, isUp: false),
                    isHard: downs.allSatisfy { $0 })
            }
            guard known.count == labels.count, let fault else { return nil }
            return .error(fault)
        }

        /// `2 of 3 up; web: http.get …: connection refused`. When all were needed, who is down says
        /// enough.
        private func words(ups: Int, isUp: Bool) -> String {
            var parts: [String] = []
            if isUp {
                parts.append("\(ups) of \(labels.count) up")
            } else if needed < labels.count {
                parts.append(
                    "\(ups) of \(labels.count) up" + (needed > 1 ? ", \(needed) needed" : ""))
            }
            var told = 0
            for (label, outcome) in zip(labels, outcomes) {
                let words: String
                switch outcome {
                case .down(let detail, _)?: words = detail.isEmpty ? "down" : detail
                case .error(let fault)?: words = "error: \(fault)"
                case .up?, nil: continue
                }
                told += 1
                if told <= Self.partsToldMax { parts.append("\(label): \(words)") }
            }
            if told > Self.partsToldMax { parts.append("and \(told - Self.partsToldMax) more") }
            return parts.joined(separator: "; ")
        }
    }
}
