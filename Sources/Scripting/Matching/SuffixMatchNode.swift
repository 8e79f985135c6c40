// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import Synchronization

/// Names that match themselves and all below them (dnsdist's SuffixMatchNode). Any thread.
final class SuffixMatchNode: Sendable {
    private let names = Mutex<Set<WireName>>([])

    var suffixes: Set<WireName> { names.withLock { $0 } }

    var count: Int { names.withLock { $0.count } }

    func add(_ added: some Sequence<WireName>) {
        names.withLock { names in
            for name in added { names.insert(name) }
        }
    }

    func remove(_ removed: some Sequence<WireName>) {
        names.withLock { names in
            for name in removed { names.remove(name) }
        }
    }

    func removeAll() {
        names.withLock { $0 = [] }
    }

    /// The longest suffix of `name` that is in the node, or `nil`.
    func bestMatch(_ name: WireName) -> WireName? {
        names.withLock { names in
            guard !names.isEmpty else { return nil }
            var offset = 0
            while true {
                let suffix = offset == 0 ? name : Array(name[offset...])
                if names.contains(suffix) { return suffix }
                guard name[offset] != 0 else { return nil }
                offset += 1 + Int(name[offset])
            }
        }
    }
}
