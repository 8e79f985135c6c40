// SPDX-License-Identifier: Apache-2.0

import Declarations

/// A compiled action on a query: numbers and pointers alone.
enum RuleEffect {
    case none
    case allow
    case drop
    case truncate
    case answer(UInt16, SpoofOptions)
    case spoof(SpoofedAnswer)
    case pool(Int32, endsChain: Bool)
    case setTag(name: Octets, value: Octets)
    case delay(milliseconds: UInt32)
    case log(RuleLogWriter)
    case noRecurse
    case disableValidation
    case skipCache
    case temporaryFailureTTL(UInt32)
    case clientSubnet(set: QueryState.Flags, clear: QueryState.Flags)
    case clientSubnetBits(v4: UInt8, v6: UInt8)
    case clientSubnetNetworks(UnsafeMutablePointer<ClientSubnetNetworks>)
    case dropAbove(RateBucket)
    case poolWithin(RateBucket, Int32, endsChain: Bool)
    case script(slot: Int32)

    /// Frees what it leads to.
    func deallocate() {
        switch self {
        case .spoof(let answer): answer.octets.deallocate()
        case .setTag(let name, let value):
            name.deallocate()
            value.deallocate()
        case .clientSubnetNetworks(let networks): networks.deallocate()
        case .dropAbove(let bucket), .poolWithin(let bucket, _, _): bucket.deallocate()
        default: break
        }
    }
}
