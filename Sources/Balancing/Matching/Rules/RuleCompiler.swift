// SPDX-License-Identifier: Apache-2.0

import Declarations

/// Compiles the rules of one chain; what it has allocated is freed when one of them cannot be.
struct RuleCompiler {
    let context: RuleContext
    private(set) var nodes: [RuleNode] = []
    private var occurrences: [String: Int] = [:]

    init(_ context: RuleContext) {
        self.context = context
    }

    /// The query rules.
    mutating func compile(
        _ declarations: [RuleDeclaration], chain: RuleChain
    ) throws(BalancingError) -> RuleTable<RuleEffect> {
        try compile(
            declarations, chain: chain, effect: { $1.effect($0.action) }, free: { $0.deallocate() })
    }

    /// The rules of one chain; `free` undoes `effect` when one of them cannot be compiled.
    mutating func compile<Declaration: DeclaredRule, Effect>(
        _ declarations: [Declaration], chain: RuleChain,
        effect: (Declaration, RuleCompiler) -> Effect, free: (Effect) -> Void
    ) throws(BalancingError) -> RuleTable<Effect> {
        var compiled: [RuleTable<Effect>.Rule] = []
        do throws(BalancingError) {
            for declaration in declarations {
                let selector = try root(
                    declaration.selector, declaration.name, declaration.location)
                try refuseScriptWithoutPlane(declaration.isScript, declaration.name)
                compiled.append(
                    RuleTable.Rule(
                        selector: selector,
                        hasScript: declaration.isScript || declaration.selector.hasScript,
                        statistics: statistics(declaration.name, chain),
                        effect: effect(declaration, self)))
            }
        } catch {
            for rule in compiled { free(rule.effect) }
            for node in nodes { node.deallocate() }
            throw error
        }
        return RuleTable(compiled, nodes: nodes, planeThreads: context.planeThreads)
    }

    /// The counters of the next rule of this name.
    mutating func statistics(_ name: String, _ chain: RuleChain) -> RuleStatistics {
        let occurrence = occurrences[name, default: 0]
        occurrences[name] = occurrence + 1
        return context.statistics.statistics(of: name, in: chain, occurrence: occurrence)
    }

    func refuseScriptWithoutPlane(
        _ isScript: Bool, _ rule: String
    ) throws(BalancingError) {
        if isScript, !context.hasScripts { throw .ruleWithoutScripts(rule) }
    }

    // MARK: Selectors

    /// Compiles a rule's whole selector and returns its node's index.
    mutating func root(
        _ selector: Selector, _ rule: String, _ location: SourceLocation
    ) throws(BalancingError) -> Int32 {
        guard selector.depth <= RuleProgram.depthMax else {
            throw .selectorTooDeep(rule: rule, location)
        }
        let index = nodes.count
        nodes.append(.all)
        try compile(selector, at: index, rule, location)
        return Int32(index)
    }

    private mutating func compile(
        _ selector: Selector, at index: Int, _ rule: String, _ location: SourceLocation
    ) throws(BalancingError) {
        switch selector {
        case .and(let parts):
            let first = try compile(parts, rule, location)
            nodes[index] = .and(first: first, count: Int32(parts.count))
        case .or(let parts):
            let first = try compile(parts, rule, location)
            nodes[index] = .or(first: first, count: Int32(parts.count))
        case .not(let part):
            nodes[index] = .not(try compile([part], rule, location))
        case .script(let function):
            try refuseScriptWithoutPlane(true, rule)
            nodes[index] = .script(slot: Int32(function.ordinal))
        case .keyValueStore(let ordinal, let key):
            nodes[index] = .keyValue(KeyValueLookup(context.stores[ordinal].forRules, key))
        case .regularExpression(let text):
            do throws(NameExpression.Failure) {
                nodes[index] = .expression(
                    try NameExpression(text, threads: context.planeThreads))
            } catch {
                throw .badExpression(text, rule: rule, words: error.words, location)
            }
        default: nodes[index] = plainNode(selector)
        }
    }

    /// Reserves neighbouring places for the parts first, then fills them.
    private mutating func compile(
        _ parts: [Selector], _ rule: String, _ location: SourceLocation
    ) throws(BalancingError) -> Int32 {
        let first = nodes.count
        nodes.append(contentsOf: repeatElement(.all, count: parts.count))
        for (offset, part) in parts.enumerated() {
            try compile(part, at: first + offset, rule, location)
        }
        return Int32(first)
    }
}

extension Selector {
    /// 1 for a plain selector.
    fileprivate var depth: Int {
        switch self {
        case .and(let parts), .or(let parts): 1 + (parts.map(\.depth).max() ?? 0)
        case .not(let part): 1 + part.depth
        default: 1
        }
    }

    var hasScript: Bool {
        switch self {
        case .and(let parts), .or(let parts): parts.contains(where: \.hasScript)
        case .not(let part): part.hasScript
        case .script: true
        default: false
        }
    }
}
