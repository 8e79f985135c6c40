// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire

extension AdjacencyOut {
    /// The next messages, of at most `prefixesMax` prefixes; withdraws, then announces, then
    /// End-of-RIB. The caller must write them.
    mutating func nextMessages(prefixesMax: Int, unixSeconds: Double) -> [[UInt8]] {
        guard let session else { return [] }
        if withdrawsDue > 0 { return withdraw(takeWithdraws(prefixesMax), session.encoder) }
        if announcesDue > 0 || refreshes.isDue {
            let begins = refreshes.takeBegins()
            let messages = announce(takeAnnounces(prefixesMax), session.encoder, unixSeconds)
            return begins + messages + refreshes.takeEnds()
        }
        guard isEndOfRIBReady else { return [] }
        let due = endOfRIBDue
        endOfRIBDue = []
        for family in refreshes.takePostponed() { refresh(family) }
        return due.map { session.encoder.endOfRIB($0) }
    }

    private mutating func takeWithdraws(_ count: Int) -> [Int] {
        var taken: [Int] = []
        while taken.count < count, let slot = withdraws.popFirst() {
            table[slot].flags.remove(.isInWithdraws)
            guard table[slot].flags.contains(.isWithdrawDue) else {
                reclaim(slot)
                continue
            }
            setDue(slot, announce: false, withdraw: false)
            taken.append(slot)
        }
        return taken
    }

    private mutating func takeAnnounces(_ count: Int) -> [Int] {
        var taken: [Int] = []
        while taken.count < count, let slot = announces.popFirst() {
            table[slot].flags.remove(.isInAnnounces)
            guard table[slot].flags.contains(.isAnnounceDue) else {
                reclaim(slot)
                continue
            }
            setDue(slot, announce: false, withdraw: false)
            taken.append(slot)
        }
        // Sorted, so that equal states make equal bytes.
        return taken.sorted { table[$0].prefix < table[$1].prefix }
    }

    private mutating func withdraw(_ slots: [Int], _ encoder: UpdateEncoder) -> [[UInt8]] {
        let prefixes = slots.map { table[$0].prefix }.sorted()
        for slot in slots {
            noteRenewed(slot)
            forgetSent(slot)
            reclaim(slot)
        }
        return encoder.withdraw(prefixes.filter { $0.address.family == .v4 })
            + encoder.withdraw(prefixes.filter { $0.address.family == .v6 })
    }

    private struct Group: Hashable {
        let family: IPAddress.Family
        let path: Number
    }

    private mutating func announce(
        _ slots: [Int], _ encoder: UpdateEncoder, _ unixSeconds: Double
    ) -> [[UInt8]] {
        // Groups of equal attributes in the order of their first prefix: v4 before v6.
        var groups: [(group: Group, slots: [Int])] = []
        var position: [Group: Int] = [:]
        for slot in slots {
            guard let path = acquirePath(slot) else { continue }
            let group = Group(family: table[slot].prefix.address.family, path: path)
            if let last = groups.last, last.group == group {
                groups[groups.count - 1].slots.append(slot)
            } else if let index = position[group] {
                groups[index].slots.append(slot)
            } else {
                position[group] = groups.count
                groups.append((group, [slot]))
            }
        }
        var messages: [[UInt8]] = []
        for (group, slots) in groups {
            let some = encoder.announce(slots.map { table[$0].prefix }, sentSets[group.path])
            for slot in slots {
                some.isEmpty ? noteUnfit(slot, group.path) : noteSent(slot, group.path, unixSeconds)
            }
            messages += some
        }
        return messages
    }

    /// Takes over the reference to `path`.
    private mutating func noteSent(_ slot: Int, _ path: Number, _ unixSeconds: Double) {
        noteRenewed(slot)
        let before = table[slot].sent
        table[slot].sent = path
        table[slot].sentUnixSeconds = unixSeconds
        if before == Self.none { sentCount += 1 } else { sentSets.release(before) }
    }

    private mutating func noteUnfit(_ slot: Int, _ path: Number) {
        sentSets.release(path)
        table[slot].flags.insert(.isUnfit)
        if table[slot].sent != Self.none { setDue(slot, announce: false, withdraw: true) }
    }

    /// What a refresh asked for is on its way.
    private mutating func noteRenewed(_ slot: Int) {
        guard table[slot].flags.contains(.isStale) else { return }
        table[slot].flags.remove(.isStale)
        refreshes.renewed(family(of: slot))
    }
}
