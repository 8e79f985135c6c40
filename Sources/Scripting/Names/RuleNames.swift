// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `addAction`, `addResponseAction` and their siblings; `newRuleAction` and `setRules`.
extension Evaluation {
    func defineRuleNames() throws(LuaError) {
        try defineSelectorNames()
        try defineContentSelectorNames()
        try defineActionNames()
        try defineSpoofNames()
        try defineResponseActionNames()
        try defineKeyValueNames()
        try defineLoggerNames()
        try defineRuleAdders()
        try defineResponseRuleAdders()
        try defineRuleLists()
        try defineRuleChainNames()
        try defineLegacyRuleNames()
        for kind in [ObjectKind.selector, .action, .responseAction, .ruleAction] {
            try defineKind(kind)
        }
    }

    func addRule(
        _ selector: Selector, _ action: Action, name: String, uuid: String = "",
        at location: SourceLocation
    ) {
        var rule = RuleDeclaration(
            selector: selector, action: action,
            name: name.isEmpty ? "rule #\(configuration.rules.count)" : name, location: location)
        rule.uuid = uuid
        configuration.rules.append(rule)
    }

    private func defineRuleAdders() throws(LuaError) {
        try declare("addAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            let options = try ruleOptions(arguments, 2, at: location(of: call))
            addRule(
                try selector(arguments, 0), try action(arguments, 1), name: options.name,
                uuid: options.uuid, at: location(of: call))
            return []
        }
        // Removed in dnsdist 1.4.
        try declare("addLuaAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            let options = try ruleOptions(arguments, 2, at: location(of: call))
            let rule = try selector(arguments, 0)
            let function = try queryFunction(arguments, 1)
            addRule(
                rule, .script(function), name: options.name, uuid: options.uuid,
                at: location(of: call))
            return []
        }
    }

    /// Binds what a `LuaRule` or a `LuaAction` calls in the planes' VMs.
    func queryFunction(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> FunctionReference {
        bind(try arguments.function(index, "function"), kind: .queryRule, name: arguments.call)
    }

    func responseFunction(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> FunctionReference {
        bind(try arguments.function(index, "function"), kind: .responseRule, name: arguments.call)
    }

    // MARK: Answers

    private typealias ResponseChain = WritableKeyPath<
        DeclaredConfiguration, [ResponseRuleDeclaration]
    >

    private func defineResponseRuleAdders() throws(LuaError) {
        let chains: [(name: String, chain: ResponseChain)] = [
            ("addResponseAction", \.responseRules),
            ("addCacheHitResponseAction", \.cacheHitResponseRules),
            ("addSelfAnsweredResponseAction", \.selfAnsweredResponseRules),
        ]
        for (name, chain) in chains {
            try declare(name) { [unowned self] (arguments, call) throws(ArgumentError) in
                try addResponseRule(
                    arguments, try responseAction(arguments, 1), to: chain, at: location(of: call))
                return []
            }
        }
        // Removed in dnsdist 1.4.
        try declare("addLuaResponseAction") {
            [unowned self] (arguments, call) throws(ArgumentError) in
            try addResponseRule(
                arguments, .script(try responseFunction(arguments, 1)), to: \.responseRules,
                at: location(of: call))
            return []
        }
    }

    private func addResponseRule(
        _ arguments: Arguments, _ action: ResponseAction, to chain: ResponseChain,
        at location: SourceLocation
    ) throws(ArgumentError) {
        let options = try ruleOptions(arguments, 2, at: location)
        var rule = ResponseRuleDeclaration(
            selector: try selector(arguments, 0), action: action,
            name: options.name.isEmpty
                ? "response rule #\(configuration[keyPath: chain].count)" : options.name,
            location: location)
        rule.uuid = options.uuid
        configuration[keyPath: chain].append(rule)
    }

    // MARK: Lists of rules

    private func defineRuleLists() throws(LuaError) {
        try define("newRuleAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            let options = try ruleOptions(arguments, 2, at: location(of: call))
            var rule = RuleDeclaration(
                selector: try selector(arguments, 0), action: try action(arguments, 1),
                name: options.name, location: location(of: call))
            rule.uuid = options.uuid
            ruleActions.append(rule)
            return [ObjectKind.ruleAction.handle(ruleActions.count - 1)]
        }
        try declare("setRules") { [unowned self] (arguments, _) throws(ArgumentError) in
            var rules: [RuleDeclaration] = []
            for value in try arguments.table(0, "rules").array {
                guard let ordinal = ObjectKind.ruleAction.ordinal(of: value) else {
                    throw ArgumentError(
                        "setRules: \(value.words) is not what newRuleAction returns")
                }
                var rule = ruleActions[ordinal]
                if rule.name.isEmpty { rule.name = "rule #\(rules.count)" }
                rules.append(rule)
            }
            configuration.rules = rules
            return []
        }
    }
}
