// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

/// All chains of a configuration, compiled; their programs go into a snapshot's view, which frees
/// them.
struct RulePrograms {
    let queries: RuleProgram
    let responses: ResponseRuleProgram
    let cacheHits: ResponseRuleProgram
    let selfAnswered: ResponseRuleProgram
    let summaries: [RuleSummary]
    /// Octets that the longest answer of a rule may take.
    let answerBytesMax: Int

    /// Room for a script's answer, as dnsdist's.
    private static let scriptAnswerBytes = 4_096

    init(_ configuration: DeclaredConfiguration, _ context: RuleContext) throws(BalancingError) {
        queries = try RuleProgram(configuration.rules, context)
        var compiled: [ResponseRuleProgram] = []
        do throws(BalancingError) {
            compiled.append(
                try ResponseRuleProgram(configuration.responseRules, .responses, context))
            compiled.append(
                try ResponseRuleProgram(configuration.cacheHitResponseRules, .cacheHits, context))
            compiled.append(
                try ResponseRuleProgram(
                    configuration.selfAnsweredResponseRules, .selfAnswered, context))
        } catch {
            for program in compiled { program.deallocate() }
            queries.deallocate()
            throw error
        }
        (responses, cacheHits, selfAnswered) = (compiled[0], compiled[1], compiled[2])
        summaries =
            zip(configuration.rules, queries.table.rules).map {
                RuleSummary(chain: .queries, name: $0.name, statistics: $1.statistics)
            }
            + Self.summaries(configuration.responseRules, responses, .responses)
            + Self.summaries(configuration.cacheHitResponseRules, cacheHits, .cacheHits)
            + Self.summaries(
                configuration.selfAnsweredResponseRules, selfAnswered, .selfAnswered)
        let hasResponseScripts = compiled.contains { $0.table.hasScripts }
        answerBytesMax = queries.table.rules.reduce(
            hasResponseScripts ? Self.scriptAnswerBytes : LocalAnswer.bytesMax
        ) { max($0, Self.answerBytes($1.effect)) }
    }

    private static func summaries(
        _ declarations: [ResponseRuleDeclaration], _ program: ResponseRuleProgram,
        _ chain: RuleChain
    ) -> [RuleSummary] {
        zip(declarations, program.table.rules).map {
            RuleSummary(chain: chain, name: $0.name, statistics: $1.statistics)
        }
    }

    /// At most: before RDATA a record has twelve octets, a layout at least one for two of them.
    private static func answerBytes(_ effect: RuleEffect) -> Int {
        switch effect {
        case .spoof(let answer):
            min(LocalAnswer.bytesMax + 12 + answer.octets.count * 7, 0xffff)
        case .script: scriptAnswerBytes
        default: 0
        }
    }
}
