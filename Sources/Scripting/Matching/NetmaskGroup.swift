// SPDX-License-Identifier: Apache-2.0

import Addressing
import Synchronization

/// Netmasks, each saying that it matches or, with `!`, that it does not (dnsdist's NetmaskGroup). The
/// longest one that an address is in decides. Any thread.
final class NetmaskGroup: Sendable {
    struct Entry: Hashable {
        let prefix: IPPrefix
        let matches: Bool
    }

    private struct State {
        var entries: [IPPrefix: Bool] = [:]
        /// How many entries have a length, by family: a look-up tries those lengths only.
        var lengthsV4 = [Int](repeating: 0, count: 33)
        var lengthsV6 = [Int](repeating: 0, count: 129)

        mutating func count(_ prefix: IPPrefix, _ change: Int) {
            switch prefix.address.family {
            case .v4: lengthsV4[Int(prefix.length)] += change
            case .v6: lengthsV6[Int(prefix.length)] += change
            }
        }
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }

    func add(_ entries: some Sequence<Entry>) {
        state.withLock { state in
            for entry in entries
            where state.entries.updateValue(entry.matches, forKey: entry.prefix) == nil {
                state.count(entry.prefix, 1)
            }
        }
    }

    func remove(_ prefixes: some Sequence<IPPrefix>) {
        state.withLock { state in
            for prefix in prefixes where state.entries.removeValue(forKey: prefix) != nil {
                state.count(prefix, -1)
            }
        }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }

    /// An IPv4-mapped IPv6 address is looked up as the IPv4 address that it is.
    func contains(_ address: IPAddress) -> Bool {
        let address = address.isV4Mapped ? IPAddress(v4: address.v4Bits) : address
        return state.withLock { state in
            let lengths = address.family == .v4 ? state.lengthsV4 : state.lengthsV6
            for length in lengths.indices.reversed() where lengths[length] > 0 {
                // The length is the family's by the table it is from.
                guard let prefix = IPPrefix(masking: address, length: length) else { continue }
                if let matches = state.entries[prefix] { return matches }
            }
            return false
        }
    }

    /// By family and address.
    var entries: [Entry] {
        state.withLock { $0.entries }.map { Entry(prefix: $0.key, matches: $0.value) }
            .sorted { $0.prefix < $1.prefix }
    }

    /// The same addresses without negation, for rules that know prefixes only.
    var prefixes: [IPPrefix] {
        let entries = entries
        guard entries.contains(where: { !$0.matches }) else { return entries.map(\.prefix) }
        var prefixes: [IPPrefix] = []
        for root in [IPPrefix(masking: .anyV4, length: 0), IPPrefix(masking: .anyV6, length: 0)] {
            guard let root else { continue }
            let inside = entries.filter { $0.prefix.address.family == root.address.family }
            Self.cover(root, false, inside[...], into: &prefixes)
        }
        return prefixes
    }

    /// Adds the parts of `prefix` that match. `inside` are the entries within it, sorted; `matches`
    /// is what holds where none of them does.
    private static func cover(
        _ prefix: IPPrefix, _ matches: Bool, _ inside: ArraySlice<Entry>,
        into prefixes: inout [IPPrefix]
    ) {
        var inside = inside
        var matches = matches
        // Sorted by address, then length: the entry for the prefix itself is first.
        if let first = inside.first, first.prefix == prefix {
            matches = first.matches
            inside = inside.dropFirst()
        }
        guard inside.contains(where: { $0.matches != matches }) else {
            if matches { prefixes.append(prefix) }
            return
        }
        for half in halves(of: prefix) {
            let within = inside.filter { half.contains($0.prefix.address) }
            cover(half, matches, within[...], into: &prefixes)
        }
    }

    private static func halves(of prefix: IPPrefix) -> [IPPrefix] {
        let length = Int(prefix.length) + 1
        let address = prefix.address
        let upper: IPAddress
        switch address.family {
        case .v4: upper = IPAddress(v4: address.v4Bits | 1 << UInt32(32 - length))
        case .v6 where length <= 64:
            upper = IPAddress(
                v6High: address.high | 1 << UInt64(64 - length), v6Low: address.low)
        case .v6:
            upper = IPAddress(
                v6High: address.high, v6Low: address.low | 1 << UInt64(128 - length))
        }
        // A prefix with entries inside it is shorter than its address.
        return [address, upper].compactMap { IPPrefix(masking: $0, length: length) }
    }

    var description: String {
        "NetmaskGroup "
            + entries.map { ($0.matches ? "" : "!") + "\($0.prefix)" }
            .joined(separator: ", ")
    }
}
