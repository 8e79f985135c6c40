// SPDX-License-Identifier: Apache-2.0

import Addressing

/// What a group's rules measure of each client, read from the rings.
struct ClientCounts {
    private let rules: [BlockRule]
    private let masks: BlockMasks
    private let now: UInt64
    private let cutOffs: [UInt64]
    /// By rule: the oldest entry that concerned it, for those without a window.
    private var oldest: [UInt64]
    private var clients: [BlockedSource: Int] = [:]
    /// By client, then rule: what is measured, and of how much.
    private var columns: [UInt64] = []

    private var stride: Int { rules.count * 2 }

    init(_ group: BlockRules, nowMicroseconds: UInt64) {
        rules = group.rules
        masks = group.masks
        now = nowMicroseconds
        cutOffs = rules.map { $0.cutOff(nowMicroseconds: nowMicroseconds) }
        oldest = Array(repeating: nowMicroseconds, count: rules.count)
    }

    mutating func readQueries(of traffic: TrafficRings) {
        let wanted = rules.indices.filter { rules[$0].readsQueries }
        guard let start = wanted.map({ cutOffs[$0] }).min() else { return }
        traffic.forEachQuery(from: start, to: now) { query in
            var row = -1
            for index in wanted where query.microseconds >= cutOffs[index] {
                if case .queryType(let type) = rules[index].measure, type != query.queryType {
                    continue
                }
                if row < 0 { row = self.row(query.client, query.port) }
                columns[row + index * 2] += 1
                oldest[index] = min(oldest[index], query.microseconds)
            }
        }
    }

    mutating func readAnswers(of traffic: TrafficRings) {
        let wanted = rules.indices.filter { !rules[$0].readsQueries }
        guard let start = wanted.map({ cutOffs[$0] }).min() else { return }
        traffic.forEachAnswer(from: start, to: now) { answer in
            var row = -1
            for index in wanted where answer.microseconds >= cutOffs[index] {
                let amount = Self.amount(answer, rules[index].measure)
                guard amount > 0 || rules[index].isRatio else { continue }
                if row < 0 { row = self.row(answer.client, answer.port) }
                columns[row + index * 2] += amount
                columns[row + index * 2 + 1] += 1
                oldest[index] = min(oldest[index], answer.microseconds)
            }
        }
    }

    private static func amount(_ answer: SeenAnswer, _ measure: BlockRule.Measure) -> UInt64 {
        switch measure {
        case .queries, .queryType: 0
        case .answerBytes: UInt64(answer.size)
        case .responseCode(let code), .responseCodeRatio(let code):
            answer.responseCode == code ? 1 : 0
        case .cacheMissRatio: answer.isHit ? 0 : 1
        }
    }

    /// Where a client's columns begin.
    private mutating func row(_ client: IPAddress, _ port: UInt16) -> Int {
        let source = BlockedSource(of: client, port: port, masks: masks)
        if let known = clients[source] { return known * stride }
        let row = columns.count
        clients[source] = clients.count
        columns.append(contentsOf: repeatElement(0, count: stride))
        return row
    }

    func forEachClient(_ body: (BlockedSource, Int) -> Void) {
        for (source, client) in clients { body(source, client) }
    }

    func count(_ client: Int, rule index: Int) -> UInt64 { columns[client * stride + index * 2] }

    /// A rate per second or a share; `nil` when there is nothing to judge.
    func value(_ client: Int, rule index: Int) -> Double? {
        let count = count(client, rule: index)
        guard count > 0 else { return nil }
        let rule = rules[index]
        if rule.isRatio {
            let total = columns[client * stride + index * 2 + 1]
            guard total >= UInt64(max(0, rule.answersMin)) else { return nil }
            return Double(count) / Double(total)
        }
        if rule.seconds > 0 { return Double(count) / Double(rule.seconds) }
        return Double(count) * 1_000_000 / Double(max(1, now - oldest[index]))
    }
}
