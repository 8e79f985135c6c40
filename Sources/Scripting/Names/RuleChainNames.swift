// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// What the four chains of rules have in common for `rmRule`, `mvRule` and their siblings.
protocol ChainRule {
    var name: String { get }
    var uuid: String { get }
}

extension RuleDeclaration: ChainRule {}
extension ResponseRuleDeclaration: ChainRule {}

/// Moving and removing rules while the file is read: `topRule`, `mvRule`, `rmRule`, `clearRules`, and
/// the same for the chains on answers.
extension Evaluation {
    func defineRuleChainNames() throws(LuaError) {
        try defineChain(\.rules, "")
        try defineChain(\.responseRules, "Response")
        try defineChain(\.cacheHitResponseRules, "CacheHitResponse")
        try defineChain(\.selfAnsweredResponseRules, "SelfAnsweredResponse")
    }

    /// - Parameter word: what stands before `Rule` in the chain's functions.
    private func defineChain<Rule: ChainRule>(
        _ chain: WritableKeyPath<DeclaredConfiguration, [Rule]>, _ word: String
    ) throws(LuaError) {
        // The first name is the one before dnsdist 1.6.
        for name in ["top\(word)Rule", "mv\(word)RuleToTop"] {
            try declare(name) { [unowned self] (_, _) throws(ArgumentError) in
                if let last = configuration[keyPath: chain].popLast() {
                    configuration[keyPath: chain].insert(last, at: 0)
                }
                return []
            }
        }
        try declare("mv\(word)Rule") { [unowned self] (arguments, _) throws(ArgumentError) in
            let count = configuration[keyPath: chain].count
            let from = try position(arguments, 0, "from", below: count)
            let to = try position(arguments, 1, "to", below: count + 1)
            let rule = configuration[keyPath: chain].remove(at: from)
            // `to` counts the rule that was there before: it moves in front of that one.
            configuration[keyPath: chain].insert(rule, at: to > from ? to - 1 : to)
            return []
        }
        try declare("rm\(word)Rule") { [unowned self] (arguments, _) throws(ArgumentError) in
            let rules = configuration[keyPath: chain]
            if let index = arguments[0].asInteger, arguments[0].text == nil {
                guard rules.indices.contains(index) else {
                    throw Self.noRule(arguments, 0, below: rules.count)
                }
                configuration[keyPath: chain].remove(at: index)
                return []
            }
            let text = try arguments.text(0, "rule")
            let found = rules.firstIndex { $0.uuid == text || $0.name == text }
            guard let index = found ?? Int(text), rules.indices.contains(index) else {
                throw ArgumentError(
                    "\(arguments.call): there is no rule '\(text)'"
                        + NearestName.suggestion(for: text, among: rules.map(\.name)))
            }
            configuration[keyPath: chain].remove(at: index)
            return []
        }
        try declare("clear\(word)Rules") { [unowned self] (_, _) throws(ArgumentError) in
            configuration[keyPath: chain] = []
            return []
        }
    }

    private func position(
        _ arguments: Arguments, _ index: Int, _ name: String, below count: Int
    ) throws(ArgumentError) -> Int {
        let position = try arguments.integer(index, name, in: 0...Int(Int32.max))
        guard position < count else { throw Self.noRule(arguments, index, below: count) }
        return position
    }

    private static func noRule(
        _ arguments: Arguments, _ index: Int, below count: Int
    ) -> ArgumentError {
        ArgumentError(
            "\(arguments.call): there is no rule \(arguments[index].asText ?? "?")"
                + (count == 0 ? "" : " (they are counted from 0 to \(count - 1))"))
    }
}
