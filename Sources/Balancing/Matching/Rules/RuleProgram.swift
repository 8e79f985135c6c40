// SPDX-License-Identifier: Apache-2.0
//
// The query rules, compiled to flat arrays and walked in order of declaration until one decides.
// What an action changes goes into the query's state and header at once, so that later rules see it,
// as with dnsdist. Nothing here allocates but tags and scripts.

import DNSWire
import Declarations

/// The query rules of a snapshot.
public struct RuleProgram {
    /// Selectors inside selectors. Operators write three or four; this bounds the plane's stack.
    public static let depthMax = 64

    let table: RuleTable<RuleEffect>

    /// Allocates; the owner calls ``deallocate()``.
    init(
        _ declarations: [RuleDeclaration], _ context: RuleContext
    ) throws(BalancingError) {
        var compiler = RuleCompiler(context)
        table = try compiler.compile(declarations, chain: .queries)
    }

    func deallocate() {
        for rule in table.rules { rule.effect.deallocate() }
        table.deallocate()
    }

    public var isEmpty: Bool { table.rules.isEmpty }

    public var hasScripts: Bool { table.hasScripts }

    /// Applies the rules until one decides. The query's state must be there.
    public func verdict(for query: UnsafeMutablePointer<PolicyQuery>) -> RuleVerdict {
        guard let state = query.pointee.state else { return .forward }
        let verdict = firstVerdict(query, state)
        if case .forward = verdict, table.hasScripts, Self.isAnswered(query, state) {
            return .answered
        }
        return verdict
    }

    private func firstVerdict(
        _ query: UnsafeMutablePointer<PolicyQuery>, _ state: UnsafeMutablePointer<QueryState>
    ) -> RuleVerdict {
        for index in 0..<table.rules.count {
            if table.isTripped(index, query) {
                // A selector that cannot be asked selects nothing; what an action that cannot be
                // asked would have let through is not for us to guess.
                guard case .script = table.rules[index].effect else { continue }
                guard table.selects(index, query) else { continue }
                return .answer(ResponseCode.serverFailure.rawValue, .withoutRecursion)
            }
            guard table.selects(index, query) else { continue }
            if let verdict = apply(index, query, state) { return verdict }
        }
        return .forward
    }

    /// What a rule's action decides; `nil` when the next rule is asked.
    private func apply(
        _ index: Int, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ state: UnsafeMutablePointer<QueryState>
    ) -> RuleVerdict? {
        switch table.rules[index].effect {
        case .none: break
        case .allow: return .forward
        case .drop: return .drop
        // dnsdist's `TCAction` does nothing to a query over TCP.
        case .truncate: return query.pointee.overTCP ? nil : .truncate
        case .answer(let code, let options): return .answer(code, options)
        case .spoof(let answer):
            return answer.answers(query.pointee.queryType) ? .spoof(answer) : nil
        case .pool(let pool, let endsChain):
            state.pointee.pool = pool
            return endsChain ? .forward : nil
        case .setTag(let name, let value): state.pointee.tags.set(name.bytes, to: value.bytes)
        case .delay(let milliseconds): state.pointee.delayMilliseconds = milliseconds
        case .log(let writer): writer.note(query.pointee)
        case .noRecurse: Self.change(query) { $0.recursionDesired = false }
        case .disableValidation: Self.change(query) { $0.checkingDisabled = true }
        case .skipCache: state.pointee.flags.insert(.skipsCache)
        case .temporaryFailureTTL(let seconds): state.pointee.temporaryFailureTTL = seconds
        case .clientSubnet(let set, let clear):
            state.pointee.flags.subtract(clear)
            state.pointee.flags.formUnion(set)
        case .clientSubnetBits(let v4, let v6):
            state.pointee.clientSubnetBitsV4 = v4
            state.pointee.clientSubnetBitsV6 = v6
        case .clientSubnetNetworks(let networks):
            query.pointee.clientSubnetNetworks = UnsafePointer(networks)
        case .dropAbove(let bucket):
            return bucket.take(nowMicroseconds: query.pointee.nowMicroseconds) ? nil : .drop
        case .poolWithin(let bucket, let pool, let endsChain):
            guard bucket.take(nowMicroseconds: query.pointee.nowMicroseconds) else { return nil }
            state.pointee.pool = pool
            return endsChain ? .forward : nil
        case .script(let slot): return callAction(slot, of: index, query, state)
        }
        return nil
    }

    static func change(
        _ query: UnsafeMutablePointer<PolicyQuery>, _ change: (inout DNSFlags) -> Void
    ) {
        guard let header = query.pointee.header else { return }
        var flags = header.flags
        change(&flags)
        header.setFlags(flags)
    }
}
