// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

/// The rules of a chain on answers. What they change is changed in the answer where it lies.
public struct ResponseRuleProgram {
    let table: RuleTable<ResponseRuleEffect>

    /// Allocates; the owner calls ``deallocate()``.
    init(
        _ declarations: [ResponseRuleDeclaration], _ chain: RuleChain, _ context: RuleContext
    ) throws(BalancingError) {
        var compiler = RuleCompiler(context)
        table = try compiler.compile(declarations, chain: chain)
    }

    func deallocate() {
        for rule in table.rules { rule.effect.deallocate() }
        table.deallocate()
    }

    public var isEmpty: Bool { table.rules.isEmpty }

    /// Applies the rules until one decides. False when the answer is not sent.
    ///
    /// - Parameter query: ``PolicyQuery/isResponse``, with its state and with memory that may be
    ///   written; its length is the answer's afterwards.
    public func passes(_ query: UnsafeMutablePointer<PolicyQuery>) -> Bool {
        guard let state = query.pointee.state else { return true }
        for index in 0..<table.rules.count {
            guard !table.isTripped(index, query), table.selects(index, query) else { continue }
            switch apply(index, query, state) {
            case .send: return true
            case .drop: return false
            case .goOn: break
            }
        }
        return true
    }

    private enum Outcome {
        case send, drop, goOn
    }

    private func apply(
        _ index: Int, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ state: UnsafeMutablePointer<QueryState>
    ) -> Outcome {
        switch table.rules[index].effect {
        case .none: break
        case .allow: return .send
        case .drop: return .drop
        case .delay(let milliseconds): state.pointee.delayMilliseconds = milliseconds
        case .setTag(let name, let value): state.pointee.tags.set(name.bytes, to: value.bytes)
        case .limitTTL(let least, let most, let types):
            // TTLs beyond 31 bits mean 0 (RFC 2181 §8), which dnsdist leaves to the reader as well.
            LifetimeEditor.edit(query.pointee.written) { type, seconds in
                types.contains(type) ? min(max(seconds, least), most) : seconds
            }
        case .clearRecordTypes(let types):
            query.pointee.packetLength = Int32(
                truncatingIfNeeded: RecordRemover.remove(from: query.pointee.written) {
                    types.names($0)
                })
        case .log(let writer): writer.note(query.pointee)
        case .skipCache: state.pointee.flags.insert(.skipsCache)
        case .truncate: return truncate(query)
        case .script(let slot): return callAction(slot, of: index, query, state)
        }
        return .goOn
    }

    /// Over TCP it has no effect.
    private func truncate(_ query: UnsafeMutablePointer<PolicyQuery>) -> Outcome {
        guard !query.pointee.overTCP else { return .goOn }
        query.pointee.cutRecords(isTruncated: true)
        return .send
    }

    /// Calls a `LuaResponseAction` and does what its number says. A fault is counted, and the answer
    /// goes on unchanged: a server has given it.
    private func callAction(
        _ slot: Int32, of index: Int, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ state: UnsafeMutablePointer<QueryState>
    ) -> Outcome {
        query.pointee.scriptText = UnsafeBufferPointer(start: nil, count: 0)
        let result = query.pointee.view.pointee.callScript(slot, .responseAction, query)
        guard result >= 0 else {
            table.note(result, of: index, query)
            return .goOn
        }
        switch ScriptResponseAction(rawValue: result) {
        case .allow, .headerModify: return .send
        case .drop: return .drop
        case .servFail:
            query.pointee.cutRecords(isTruncated: false)
            query.pointee.header?.setResponseCode(.serverFailure)
            return .send
        case .truncate: return truncate(query)
        case .delay:
            guard let delay = DecimalText.number(UnsafeRawBufferPointer(query.pointee.scriptText))
            else { break }
            state.pointee.delayMilliseconds = delay
            return .goOn
        case .none?: return .goOn
        case nil: break
        }
        table.note(PolicyResult.nonsense, of: index, query)
        return .goOn
    }
}
