// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Synchronization

/// What `LogAction` noted on the plane's threads, to be written by control: a bounded ring for each
/// thread, so that no thread waits for a disk, and numbers instead of text.
///
/// Each plane thread notes in its own ring; entries are taken by one thread at a time. It outlives
/// snapshots, so a target's number means the same for all of them.
public final class RuleLog: @unchecked Sendable {
    // Unchecked: each ring has one writer and one reader; the rest is behind the lock.

    /// Targets beyond it share the last.
    public static let targetsMax = 4_096

    private struct Held {
        /// Made with the first target: a configuration without `LogAction` takes no memory for it.
        var rings: UnsafeMutablePointer<RuleLogRing>?
        var targets: [LogTarget] = []
    }

    private let planeThreads: Int
    private let held = Mutex(Held())

    init(planeThreads: Int) {
        self.planeThreads = planeThreads
    }

    deinit {
        guard let rings else { return }
        for thread in 0..<planeThreads { rings[thread].deallocate() }
        rings.deallocate()
    }

    private var rings: UnsafeMutablePointer<RuleLogRing>? { held.withLock { $0.rings } }

    /// By the number that entries name them with.
    public var targets: [LogTarget] { held.withLock { $0.targets } }

    /// Where a rule notes its messages.
    func writer(for target: LogTarget) -> RuleLogWriter {
        held.withLock { held in
            let rings = held.rings ?? makeRings()
            held.rings = rings
            if let known = held.targets.firstIndex(of: target) {
                return RuleLogWriter(rings: rings, target: UInt16(known))
            }
            if held.targets.count < Self.targetsMax { held.targets.append(target) }
            return RuleLogWriter(rings: rings, target: UInt16(held.targets.count - 1))
        }
    }

    private func makeRings() -> UnsafeMutablePointer<RuleLogRing> {
        let made = UnsafeMutablePointer<RuleLogRing>.allocate(capacity: planeThreads)
        for thread in 0..<planeThreads { (made + thread).initialize(to: RuleLogRing()) }
        return made
    }

    /// Takes all entries that were noted since the last call, thread by thread.
    public func take(_ body: (RuleLogEntry) -> Void) {
        guard let rings else { return }
        for thread in 0..<planeThreads { rings[thread].take(body) }
    }

    /// Entries that found no room since the start.
    public var dropped: UInt64 {
        guard let rings else { return 0 }
        return (0..<planeThreads).reduce(0) { $0 &+ rings[$1].dropped }
    }
}
