// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Balancing

/// Would catch a client that is blocked below its rate, or not above it.
@Suite struct BlockRulesTests {
    private let traffic = Traffic()

    private func rule(
        _ measure: BlockRule.Measure, _ limit: Double, seconds: Int = 10, warning: Double = 0,
        _ change: (inout BlockRule) -> Void = { _ in }
    ) -> BlockRule {
        var rule = BlockRule(
            measure, limit: limit, seconds: seconds, reason: "r", blockSeconds: 60,
            warningLimit: warning)
        change(&rule)
        return rule
    }

    /// Findings as `client rule` or `client rule?` for a warning, sorted.
    private func judged(
        _ rules: [BlockRule], at now: Double = 100, masks: BlockMasks = BlockMasks(),
        hitRatio: Double = 1
    ) -> [String] {
        var group = BlockRules()
        group.masks = masks
        for rule in rules { _ = group.set(rule) }
        return group.findings(
            in: traffic.rings, nowMicroseconds: Traffic.microseconds(now),
            hitRatio: { hitRatio }
        ).map { "\($0.source) \($0.rule)\($0.isWarning ? "?" : "")" }.sorted()
    }

    @Test func blocksAboveTheRateAndNotAtIt() {
        traffic.query("192.0.2.1", at: 95, times: 200)
        traffic.query("192.0.2.2", at: 95, times: 201)
        #expect(judged([rule(.queries, 20)]) == ["192.0.2.2/32 0"])
    }

    @Test func countsWhatIsInTheWindowAlone() {
        traffic.query("192.0.2.1", at: 89.999, times: 1)
        traffic.query("192.0.2.1", at: 90, times: 200)
        traffic.query("192.0.2.1", at: 100.001, times: 1)
        #expect(judged([rule(.queries, 20)]).isEmpty)
        traffic.query("192.0.2.1", at: 100.001, times: 1)
        #expect(judged([rule(.queries, 20)], at: 100.001).isEmpty, "90 is out, two came")
        #expect(judged([rule(.queries, 20)], at: 100).isEmpty)
        traffic.query("192.0.2.1", at: 100.001, times: 199)
        #expect(judged([rule(.queries, 20)], at: 100.001) == ["192.0.2.1/32 0"])
    }

    @Test func addsUpWhatThreadsSaw() {
        for thread in 0..<2 {
            traffic.query("192.0.2.1", at: 95, thread: thread, times: 101)
        }
        #expect(judged([rule(.queries, 20)]) == ["192.0.2.1/32 0"])
    }

    @Test func warnsBetweenTheWarningRateAndTheRate() {
        traffic.query("192.0.2.1", at: 95, times: 100)
        traffic.query("192.0.2.2", at: 95, times: 150)
        traffic.query("192.0.2.3", at: 95, times: 250)
        #expect(
            judged([rule(.queries, 20, warning: 10)])
                == ["192.0.2.2/32 0?", "192.0.2.3/32 0", "192.0.2.3/32 0?"])
    }

    @Test func measuresTypesCodesOctetsAndShares() {
        traffic.query("192.0.2.1", at: 95, type: 255, times: 60)
        traffic.query("192.0.2.2", at: 95, type: 1, times: 60)
        traffic.answer("192.0.2.3", at: 95, code: 3, times: 60)
        traffic.answer("192.0.2.4", at: 95, size: 2_000, times: 60)
        traffic.answer("192.0.2.5", at: 95, code: 2, times: 7)
        traffic.answer("192.0.2.5", at: 95, code: 0, times: 3)
        traffic.answer("192.0.2.6", at: 95, isHit: true, times: 4)
        traffic.answer("192.0.2.6", at: 95, times: 16)
        let rules = [
            rule(.queryType(255), 5), rule(.responseCode(3), 5), rule(.answerBytes, 10_000),
            rule(.responseCodeRatio(2), 0.6) { $0.answersMin = 10 },
            rule(.cacheMissRatio, 0.79) {
                $0.answersMin = 20
                $0.hitRatioMin = 0.5
            },
        ]
        #expect(
            judged(rules) == [
                "192.0.2.1/32 0", "192.0.2.3/32 1", "192.0.2.3/32 4", "192.0.2.4/32 2",
                "192.0.2.5/32 3", "192.0.2.6/32 4",
            ])
        // Caches that answer nobody say nothing about one client.
        #expect(!judged(rules, hitRatio: 0.4).contains { $0.hasSuffix(" 4") })
    }

    @Test func judgesNoShareOfTooFewAnswers() {
        traffic.answer("192.0.2.5", at: 95, code: 2, times: 9)
        let ratio = rule(.responseCodeRatio(2), 0.1) { $0.answersMin = 10 }
        #expect(judged([ratio]).isEmpty)
        traffic.answer("192.0.2.5", at: 96, code: nil)
        #expect(judged([ratio]) == ["192.0.2.5/32 0"], "no answer counts among all")
    }

    @Test func theRateOfQueriesComesBeforeTheOthers() {
        traffic.query("192.0.2.1", at: 95, type: 255, times: 300)
        let rules = [rule(.queryType(255), 5), rule(.queries, 20)]
        #expect(judged(rules) == ["192.0.2.1/32 1"])
    }

    @Test func masksTellClientsApart() {
        for host in 1...3 {
            traffic.query("192.0.2.\(host)", at: 95, times: 100)
            traffic.query("[2001:db8::\(host)]:53", at: 95, times: 100)
        }
        #expect(judged([rule(.queries, 20)]).isEmpty)
        #expect(
            judged([rule(.queries, 20)], masks: BlockMasks(lengthV4: 24, lengthV6: 64))
                == ["192.0.2.0/24 0", "2001:db8::/64 0"])
    }

    @Test func portsTellClientsBehindOneAddressApart() {
        traffic.query("192.0.2.1:16000", at: 95, times: 201)
        traffic.query("192.0.2.1:16384", at: 95, times: 150)
        traffic.query("192.0.2.1:32767", at: 95, times: 60)
        #expect(
            judged([rule(.queries, 20)], masks: BlockMasks(portBits: 2))
                == ["192.0.2.1:0/2 0", "192.0.2.1:16384/2 0"])
    }

    @Test func withoutAWindowTheRateIsOverWhatThereIs() {
        traffic.query("192.0.2.1", at: 50, times: 101)
        traffic.query("192.0.2.1", at: 95, times: 50)
        #expect(judged([rule(.queries, 3, seconds: 0)]) == ["192.0.2.1/32 0"])
        #expect(judged([rule(.queries, 4, seconds: 0)]).isEmpty)
    }

    @Test func aRuleTakesThePlaceOfItsLike() {
        traffic.query("192.0.2.1", at: 95, times: 100)
        #expect(judged([rule(.queries, 5), rule(.queries, 50)]).isEmpty)
    }

    @Test func tellsWhoExceedsWithHowMuch() {
        traffic.query("192.0.2.1", at: 95, times: 100)
        traffic.query("192.0.2.2", at: 95, times: 201)
        traffic.answer("192.0.2.3", at: 95, size: 3_000, times: 2)
        let now = Traffic.microseconds(100)
        let many = BlockRules.exceeding(
            .queries, rate: 20, seconds: 10, in: traffic.rings, nowMicroseconds: now)
        #expect(many.map { "\($0.source)=\($0.count)" } == ["192.0.2.2/32=201"])
        let large = BlockRules.exceeding(
            .answerBytes, rate: 500, seconds: 10, in: traffic.rings, nowMicroseconds: now)
        #expect(large.map { "\($0.source)=\($0.count)" } == ["192.0.2.3/32=6000"])
    }

    /// What control's loop is held up by. The bound is loose, for debug builds on a busy machine; the
    /// figure is in the output.
    @Test func aFullRingIsJudgedQuickly() {
        let traffic = Traffic(planeThreads: 1, entries: 10_000)
        for number in 0..<10_000 {
            let client = "10.\(number % 7).\(number / 250 % 250).\(number % 250)"
            traffic.query(client, at: 95)
            traffic.answer(client, at: 95, code: UInt16(number % 4))
        }
        var group = BlockRules()
        for rule in [
            rule(.queries, 20), rule(.queryType(255), 5), rule(.responseCode(3), 20),
            rule(.responseCode(2), 20), rule(.answerBytes, 10_000),
        ] {
            _ = group.set(rule)
        }
        let clock = ContinuousClock()
        let time = clock.measure {
            _ = group.findings(
                in: traffic.rings, nowMicroseconds: Traffic.microseconds(100), hitRatio: { 1 })
        }
        print("BlockRules: 10 000 queries and answers, 5 rules: \(time)")
        #expect(time < .milliseconds(2_000))
    }
}
