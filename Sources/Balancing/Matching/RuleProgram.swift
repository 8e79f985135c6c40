// SPDX-License-Identifier: Apache-2.0
//
// The query rules, compiled to flat arrays: a selector is a node, and the parts of `and` and `or`
// stand side by side, so that the plane walks them without reference counts.

public import Addressing
import Declarations

/// The query rules of a snapshot, in order of declaration.
public struct RuleProgram {
    /// Selectors inside selectors. Operators write three or four; this bounds the plane's stack.
    public static let depthMax = 64

    private enum Node {
        case all
        case queryType(UInt16)
        case overTCP(Bool)
        case source(PrefixSet)
        case and(first: Int32, count: Int32)
        case or(first: Int32, count: Int32)
        case not(Int32)
    }

    private enum Effect {
        case decide(RuleVerdict)
        /// Over UDP alone: dnsdist's `TCAction` does nothing to a query over TCP.
        case truncate
        case allow
        case none
    }

    private struct Rule {
        let selector: Int32
        let effect: Effect
    }

    private let rules: UnsafeMutableBufferPointer<Rule>
    private let nodes: UnsafeMutableBufferPointer<Node>

    /// Allocates; the owner calls ``deallocate()``.
    ///
    /// - Parameter pools: the index of each pool by its name; it must hold every pool that a rule
    ///   names.
    init(_ declarations: [RuleDeclaration], pools: [String: Int]) throws(BalancingError) {
        var compiled: [Node] = []
        var program: [Rule] = []
        for declaration in declarations {
            guard declaration.selector.depth <= Self.depthMax else {
                Self.release(compiled)
                throw .selectorTooDeep(rule: declaration.name, declaration.location)
            }
            let index = compiled.count
            compiled.append(.all)
            Self.compile(declaration.selector, at: index, into: &compiled)
            program.append(
                Rule(selector: Int32(index), effect: Self.effect(declaration.action, pools)))
        }
        rules = .allocate(capacity: program.count)
        _ = rules.initialize(from: program)
        nodes = .allocate(capacity: compiled.count)
        _ = nodes.initialize(from: compiled)
    }

    func deallocate() {
        Self.release(nodes)
        nodes.deallocate()
        rules.deallocate()
    }

    /// Applies the rules until one decides; otherwise the query goes to `defaultPool`.
    public func verdict(
        queryType: UInt16, overTCP: Bool, source: IPAddress, defaultPool: Int = 0
    ) -> RuleVerdict {
        for rule in rules {
            guard matches(rule.selector, queryType, overTCP, source) else { continue }
            switch rule.effect {
            case .decide(let verdict): return verdict
            case .truncate where !overTCP: return .truncate
            case .allow: return .forward(pool: defaultPool)
            case .truncate, .none: continue
            }
        }
        return .forward(pool: defaultPool)
    }

    public var isEmpty: Bool { rules.isEmpty }

    private func matches(
        _ index: Int32, _ queryType: UInt16, _ overTCP: Bool, _ source: IPAddress
    ) -> Bool {
        switch nodes[Int(index)] {
        case .all: return true
        case .queryType(let wanted): return queryType == wanted
        case .overTCP(let wanted): return overTCP == wanted
        case .source(let prefixes): return prefixes.contains(source)
        case .not(let inner): return !matches(inner, queryType, overTCP, source)
        case .and(let first, let count):
            for part in first..<first + count
            where !matches(part, queryType, overTCP, source) {
                return false
            }
            return true
        case .or(let first, let count):
            for part in first..<first + count
            where matches(part, queryType, overTCP, source) {
                return true
            }
            return false
        }
    }
}

extension RuleProgram {
    private static func release(_ nodes: some Sequence<Node>) {
        for node in nodes {
            if case .source(let prefixes) = node { prefixes.deallocate() }
        }
    }

    private static func compile(_ selector: Selector, at index: Int, into nodes: inout [Node]) {
        switch selector {
        case .all: nodes[index] = .all
        case .queryType(let type): nodes[index] = .queryType(type)
        case .overTCP(let wanted): nodes[index] = .overTCP(wanted)
        case .source(let prefixes): nodes[index] = .source(PrefixSet(prefixes))
        case .and(let parts):
            let first = compile(parts, into: &nodes)
            nodes[index] = .and(first: first, count: Int32(parts.count))
        case .or(let parts):
            let first = compile(parts, into: &nodes)
            nodes[index] = .or(first: first, count: Int32(parts.count))
        case .not(let part):
            nodes[index] = .not(compile([part], into: &nodes))
        default: break
        }
    }

    /// Reserves neighbouring places for the parts first, then fills them.
    private static func compile(_ parts: [Selector], into nodes: inout [Node]) -> Int32 {
        let first = nodes.count
        nodes.append(contentsOf: repeatElement(.all, count: parts.count))
        for (offset, part) in parts.enumerated() {
            compile(part, at: first + offset, into: &nodes)
        }
        return Int32(first)
    }

    private static func effect(_ action: Action, _ pools: [String: Int]) -> Effect {
        switch action {
        case .allow: .allow
        case .drop: .decide(.drop)
        case .truncate: .truncate
        case .responseCode(let code, _): .decide(.answer(responseCode: code))
        case .pool(let name, _): pools[name].map { .decide(.forward(pool: $0)) } ?? .none
        default: .none
        }
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
}
