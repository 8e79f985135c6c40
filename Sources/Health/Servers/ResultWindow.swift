// SPDX-License-Identifier: Apache-2.0
//
// dnsdist keeps a ring of the last results, one octet each. Ours come as counts, read once a second
// from the plane's counters, so the window holds those: the order within one reading is not known, and
// what falls out of one that is older is taken to be mixed as the reading was.

/// The last results of real queries: how many there were, and how many were failures.
struct ResultWindow: Hashable, Sendable {
    private struct Reading: Hashable, Sendable {
        var count: Int
        var failures: Int
    }

    private let capacity: Int
    private var readings: [Reading] = []
    private(set) var count = 0
    private(set) var failures = 0

    /// - Parameter capacity: results that it holds; at least 1.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Adds results, and forgets what no longer fits.
    mutating func add(count: Int, failures: Int) {
        guard count > 0 else { return }
        readings.append(Reading(count: count, failures: min(max(0, failures), count)))
        recount()
        var first = 0
        while self.count > capacity {
            let surplus = self.count - capacity
            let oldest = readings[first]
            if oldest.count <= surplus {
                self.count -= oldest.count
                self.failures -= oldest.failures
                first += 1
                continue
            }
            let kept = oldest.count - surplus
            // Rounded up: a window that is full of one reading keeps a failure that it had.
            let keptFailures = (oldest.failures * kept + oldest.count - 1) / oldest.count
            readings[first] = Reading(count: kept, failures: keptFailures)
            self.count = capacity
            self.failures += keptFailures - oldest.failures
        }
        readings.removeFirst(first)
    }

    mutating func clear() {
        readings = []
        count = 0
        failures = 0
    }

    private mutating func recount() {
        // One reading was added.
        guard let last = readings.last else { return }
        count += last.count
        failures += last.failures
    }
}
