// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

extension RuleProgram {
    /// Calls a `LuaAction` and does what its number says; a fault is counted and answered with
    /// SERVFAIL, as by dnsdist. A number that is no action's is counted, and the next rule is asked.
    func callAction(
        _ slot: Int32, of index: Int, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ state: UnsafeMutablePointer<QueryState>
    ) -> RuleVerdict? {
        query.pointee.scriptText = UnsafeBufferPointer(start: nil, count: 0)
        let result = query.pointee.view.pointee.callScript(slot, .action, query)
        guard result >= 0 else {
            table.note(result, of: index, query)
            return .answer(ResponseCode.serverFailure.rawValue, .withoutRecursion)
        }
        guard let action = ScriptAction(rawValue: result),
            let outcome = apply(action, query, state)
        else {
            table.note(PolicyResult.nonsense, of: index, query)
            return nil
        }
        switch outcome {
        case .decided(let verdict): return verdict
        case .goesOn: return nil
        }
    }

    private enum Outcome {
        case decided(RuleVerdict)
        case goesOn
    }

    /// `nil` when the text beside the number does not fit it.
    private func apply(
        _ action: ScriptAction, _ query: UnsafeMutablePointer<PolicyQuery>,
        _ state: UnsafeMutablePointer<QueryState>
    ) -> Outcome? {
        let text = UnsafeRawBufferPointer(query.pointee.scriptText)
        switch action {
        case .drop: return .decided(.drop)
        case .nxdomain: return .decided(answer(.nameError))
        case .refused: return .decided(answer(.refused))
        case .servFail: return .decided(answer(.serverFailure))
        case .spoof, .spoofRaw, .spoofPacket: return .decided(.spoofText(action))
        case .allow, .headerModify: return .decided(.forward)
        case .pool:
            guard let pool = query.pointee.view.pointee.pool(named: text) else { return nil }
            state.pointee.pool = Int32(pool)
            return .decided(.forward)
        case .delay:
            guard let milliseconds = DecimalText.number(text) else { return nil }
            state.pointee.delayMilliseconds = milliseconds
            return .goesOn
        case .truncate: return query.pointee.overTCP ? .goesOn : .decided(.truncate)
        case .none, .noOp: return .goesOn
        case .noRecurse:
            Self.change(query) { $0.recursionDesired = false }
            return .decided(.forward)
        case .setTag:
            // `name value` or `name=value`.
            guard
                let end = text.firstIndex(where: { $0 == 0x20 || $0 == UInt8(ascii: "=") }),
                end > 0
            else { return nil }
            state.pointee.tags.set(
                UnsafeRawBufferPointer(rebasing: text[..<end]),
                to: UnsafeRawBufferPointer(rebasing: text[(end + 1)...]))
            return .goesOn
        }
    }

    private func answer(_ code: ResponseCode) -> RuleVerdict {
        .answer(code.rawValue, .withoutRecursion)
    }

    /// Whether a script set QR, whatever number it returned.
    static func isAnswered(
        _ query: UnsafeMutablePointer<PolicyQuery>, _ state: UnsafeMutablePointer<QueryState>
    ) -> Bool {
        state.pointee.flags.contains(.isAnswered) || query.pointee.message?.isResponse ?? false
    }
}
