// SPDX-License-Identifier: Apache-2.0

import Declarations

/// A compiled selector: numbers and pointers alone, so that walking them counts no references. The
/// parts of `and` and `or` stand side by side.
enum RuleNode {
    case all
    case queryType(UInt16)
    case queryClass(UInt16)
    case opcode(UInt8)
    case name(NameSet)
    case suffix(NameSet)
    case expression(NameExpression)
    case labelCountOutside(min: Int32, max: Int32)
    case nameLengthOutside(min: Int32, max: Int32)
    case overTCP(Bool)
    case recursionDesired
    case dnssecOK
    case ednsOption(UInt16)
    case ednsVersionAbove(UInt8)
    case trailingData
    case source(PrefixSet)
    case destination(PrefixSet)
    case destinationPort(UInt16)
    /// Without `hasValue` any value will do.
    case tag(name: Octets, value: Octets, hasValue: Bool)
    case responseCode(UInt8)
    case extendedResponseCode(UInt16)
    case recordCount(section: UInt8, lower: UInt16, upper: UInt16)
    case recordTypeCount(section: UInt8, type: UInt16, lower: UInt16, upper: UInt16)
    /// Of 2^32.
    case probability(UInt64)
    case poolAvailable(Int32)
    case poolOutstandingAbove(Int32, Int)
    case rateAbove(RateBucket)
    case sourceRateAbove(SourceRateTable)
    case keyValue(KeyValueLookup)
    case script(slot: Int32)
    case and(first: Int32, count: Int32)
    case or(first: Int32, count: Int32)
    case not(Int32)

    /// Frees what it leads to.
    func deallocate() {
        switch self {
        case .name(let names), .suffix(let names): names.deallocate()
        case .expression(let expression): expression.deallocate()
        case .source(let prefixes), .destination(let prefixes): prefixes.deallocate()
        case .tag(let name, let value, _):
            name.deallocate()
            value.deallocate()
        case .rateAbove(let bucket): bucket.deallocate()
        case .sourceRateAbove(let table): table.deallocate()
        case .keyValue(let lookup): lookup.deallocate()
        default: break
        }
    }
}
