// SPDX-License-Identifier: Apache-2.0

import Declarations

extension RuleCompiler {
    /// Rules on answers.
    mutating func compile(
        _ declarations: [ResponseRuleDeclaration], chain: RuleChain
    ) throws(BalancingError) -> RuleTable<ResponseRuleEffect> {
        try compile(
            declarations, chain: chain, effect: { $1.effect($0.action) }, free: { $0.deallocate() })
    }

    private func effect(_ action: ResponseAction) -> ResponseRuleEffect {
        switch action {
        case .none: .none
        case .allow: .allow
        case .drop: .drop
        case .delay(let milliseconds): .delay(milliseconds: UInt32(clamping: milliseconds))
        case .setTag(let name, let value):
            .setTag(name: Octets(name.utf8), value: Octets(value.utf8))
        case .limitTTL(let least, let most, let types):
            .limitTTL(least: least, most: most, TypeSet(types))
        case .skipCache: .skipCache
        case .truncate: .truncate
        case .script(let function): .script(slot: Int32(function.ordinal))
        case .log(let target): .log(context.log.writer(for: target))
        case .clearRecordTypes(let types): .clearRecordTypes(TypeSet(types))
        }
    }
}
