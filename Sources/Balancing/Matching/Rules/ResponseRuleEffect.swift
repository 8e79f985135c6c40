// SPDX-License-Identifier: Apache-2.0

/// A compiled action on an answer: numbers and pointers alone.
enum ResponseRuleEffect {
    case none
    case allow
    case drop
    case delay(milliseconds: UInt32)
    case setTag(name: Octets, value: Octets)
    case limitTTL(least: UInt32, most: UInt32, TypeSet)
    case clearRecordTypes(TypeSet)
    case log(RuleLogWriter)
    case skipCache
    case truncate
    case script(slot: Int32)

    /// Frees what it leads to.
    func deallocate() {
        switch self {
        case .setTag(let name, let value):
            name.deallocate()
            value.deallocate()
        case .limitTTL(_, _, let types), .clearRecordTypes(let types): types.deallocate()
        default: break
        }
    }
}
