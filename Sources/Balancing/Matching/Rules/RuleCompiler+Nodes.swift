// SPDX-License-Identifier: Apache-2.0

import Declarations

extension RuleCompiler {
    /// The node of a selector without parts.
    func plainNode(_ selector: Selector) -> RuleNode {
        switch selector {
        case .all, .and, .or, .not, .script, .regularExpression, .keyValueStore: .all
        case .queryType(let type): .queryType(type)
        case .queryClass(let number): .queryClass(number)
        case .opcode(let number): .opcode(number)
        case .queryName(let name): .name(NameSet([name]))
        case .queryNames(let names): .name(NameSet(names))
        case .suffixes(let names): .suffix(NameSet(names))
        case .labelCountOutside(let min, let max):
            .labelCountOutside(min: Int32(clamping: min), max: Int32(clamping: max))
        case .nameLengthOutside(let min, let max):
            .nameLengthOutside(min: Int32(clamping: min), max: Int32(clamping: max))
        case .overTCP(let wanted): .overTCP(wanted)
        case .recursionDesired: .recursionDesired
        case .dnssecOK: .dnssecOK
        case .ednsOption(let code): .ednsOption(code)
        case .ednsVersionAbove(let version): .ednsVersionAbove(version)
        case .trailingData: .trailingData
        case .source(let prefixes): .source(PrefixSet(prefixes))
        case .destination(let prefixes): .destination(PrefixSet(prefixes))
        case .destinationPort(let port): .destinationPort(port)
        case .tag(let name, let value):
            .tag(
                name: Octets(name.utf8), value: Octets((value ?? "").utf8),
                hasValue: value != nil)
        case .responseCode(let code): .responseCode(code)
        case .extendedResponseCode(let code): .extendedResponseCode(code)
        case .recordCount(let section, let range):
            .recordCount(section: section, lower: range.lowerBound, upper: range.upperBound)
        case .recordTypeCount(let section, let type, let range):
            .recordTypeCount(
                section: section, type: type, lower: range.lowerBound, upper: range.upperBound)
        case .probability(let share): .probability(Self.scaled(share))
        case .poolAvailable(let name): .poolAvailable(pool(name))
        case .poolOutstandingAbove(let name, let limit):
            .poolOutstandingAbove(pool(name), limit)
        case .queryRateAbove(let limit): .rateAbove(RateBucket(limit))
        case .sourceQueryRateAbove(let limit): .sourceRateAbove(SourceRateTable(limit))
        }
    }

    /// A share of 2^32; nonsense is moved to the nearer end, NaN to 0.
    private static func scaled(_ share: Double) -> UInt64 {
        let bounded = share > 0 ? min(share, 1) : 0
        return UInt64((bounded * 0x1p32).rounded())
    }

    /// The layout has every pool that a rule names.
    func pool(_ name: String) -> Int32 { Int32(context.pools[name] ?? 0) }

    // MARK: Actions

    func effect(_ action: Action) -> RuleEffect {
        switch action {
        case .none: .none
        case .allow: .allow
        case .drop: .drop
        case .truncate: .truncate
        case .responseCode(let code, let options): .answer(UInt16(code & 0xf), options)
        case .extendedResponseCode(let code, let options): .answer(code & 0xfff, options)
        case .pool(let name, let endsChain): .pool(pool(name), endsChain: endsChain)
        case .spoofAddresses(let addresses, let options):
            spoof(SpoofedAnswer.layout(addresses), options)
        case .spoofAlias(let name, let options): spoof((.alias, name), options)
        case .spoofRaw(let records, let type, let options):
            spoof((.records(anyType: type), SpoofedAnswer.layout(records)), options)
        case .negative(let isNameError, let record, let options):
            spoof(SpoofedAnswer.layout(record, isNameError: isNameError), options)
        case .setTag(let name, let value):
            .setTag(name: Octets(name.utf8), value: Octets(value.utf8))
        case .delay(let milliseconds): .delay(milliseconds: UInt32(clamping: milliseconds))
        case .noRecurse: .noRecurse
        case .disableValidation: .disableValidation
        case .skipCache: .skipCache
        case .temporaryFailureTTL(let seconds): .temporaryFailureTTL(seconds)
        case .clientSubnet(let change): clientSubnet(change)
        case .dropAbove(let limit): .dropAbove(RateBucket(limit))
        case .poolWithin(let limit, let name, let endsChain):
            .poolWithin(RateBucket(limit), pool(name), endsChain: endsChain)
        case .script(let function): .script(slot: Int32(function.ordinal))
        case .log(let target): .log(context.log.writer(for: target))
        }
    }

    private func spoof(
        _ layout: (kind: SpoofedAnswer.Kind, octets: [UInt8]), _ options: SpoofOptions
    ) -> RuleEffect {
        .spoof(
            SpoofedAnswer(
                kind: layout.kind, octets: Octets(layout.octets).bytes, options: options))
    }

    private static func allocated(
        _ networks: ClientSubnetNetworks
    ) -> UnsafeMutablePointer<ClientSubnetNetworks> {
        let pointer = UnsafeMutablePointer<ClientSubnetNetworks>.allocate(capacity: 1)
        pointer.initialize(to: networks)
        return pointer
    }

    private func clientSubnet(_ change: ClientSubnetChange) -> RuleEffect {
        switch change {
        case .disable: .clientSubnet(set: .clientSubnetDisabled, clear: [])
        case .override(true):
            .clientSubnet(set: .clientSubnetOverrides, clear: .clientSubnetKeeps)
        case .override(false):
            .clientSubnet(set: .clientSubnetKeeps, clear: .clientSubnetOverrides)
        case .prefixLengths(let v4, let v6):
            .clientSubnetBits(v4: UInt8(clamping: v4), v6: UInt8(clamping: v6))
        case .networks(let v4, let v6):
            .clientSubnetNetworks(Self.allocated(ClientSubnetNetworks(v4: v4, v6: v6)))
        }
    }
}
