// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import Synchronization

/// Names that match themselves only (dnsdist's DNSNameSet). Any thread.
final class NameSet: Sendable {
    private let members = Mutex<Set<WireName>>([])

    var names: Set<WireName> { members.withLock { $0 } }

    var count: Int { members.withLock { $0.count } }

    func add(_ added: some Sequence<WireName>) {
        members.withLock { members in
            for name in added { members.insert(name) }
        }
    }

    /// How many of them were there.
    func remove(_ removed: some Sequence<WireName>) -> Int {
        members.withLock { members in
            var count = 0
            for name in removed where members.remove(name) != nil { count += 1 }
            return count
        }
    }

    func removeAll() {
        members.withLock { $0 = [] }
    }

    func contains(_ name: WireName) -> Bool {
        members.withLock { $0.contains(name) }
    }

    /// A line for each name, in canonical order.
    var description: String {
        names.compactMap { DNSName(wire: $0) }.sorted().map { "\($0)\n" }.joined()
    }
}
