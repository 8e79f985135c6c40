// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What the plane's threads saw lately (dnsdist's ring buffers): a ring for each thread, made when
/// something first wants to look.
///
/// ``start()`` and the readers are one thread's (control). It lives as long as a snapshot that
/// names it.
///
/// Unchecked: what plane threads share of it are atomics, the rest is control's alone.
public final class TrafficRings: @unchecked Sendable {
    // Unchecked: what plane threads touch is atomic; each ring has one writer.

    /// Entries of all threads' rings together, of queries and of answers, unless one ring of the
    /// configured size is larger: 8 192 for each of 128 threads, 168 MiB.
    public static let entriesSharedMax = 1 << 20

    /// Of each thread's rings.
    public let capacity: Int
    let entries: Int
    private let planeThreads: Int
    private let recorder: TrafficRecorder
    private(set) var rings: UnsafeMutablePointer<TrafficRing>?

    /// - Parameter entries: `setRingBuffersSize`. Each thread has so many: a flood from one source
    ///   port comes in by one worker, and would wrap a share of the ring before its rate is seen.
    ///   Only beyond ``entriesSharedMax`` do the threads share.
    init(planeThreads: Int, entries: Int) {
        self.planeThreads = planeThreads
        self.entries = entries
        let shared = max(entries, Self.entriesSharedMax)
        capacity = max(1, min(entries, shared / planeThreads))
        recorder = TrafficRecorder()
    }

    /// Every snapshot that named it is gone.
    deinit {
        for thread in 0..<planeThreads { rings?[thread].deallocate() }
        rings?.deallocate()
        recorder.deallocate()
    }

    /// What plane threads note with; in every snapshot, and nothing but a look at a `nil` until
    /// ``start()``.
    var plane: TrafficRecorder { recorder }

    public var isRecording: Bool { rings != nil }

    /// Makes the rings, once; from the next batch on the plane notes what it sees.
    public func start() {
        guard rings == nil else { return }
        let made = UnsafeMutablePointer<TrafficRing>.allocate(capacity: planeThreads)
        for thread in 0..<planeThreads {
            (made + thread).initialize(to: TrafficRing(capacity: capacity))
        }
        rings = made
        recorder.publish(made)
    }

    /// Calls `body` with each query from `start` to `end` of the monotonic clock, in microseconds:
    /// thread by thread, the newest first.
    public func forEachQuery(from start: UInt64, to end: UInt64, _ body: (SeenQuery) -> Void) {
        guard let rings else { return }
        for thread in 0..<planeThreads {
            rings[thread].forEachQuery(from: start, to: end, body)
        }
    }

    /// Calls `body` with each answer, likewise.
    public func forEachAnswer(from start: UInt64, to end: UInt64, _ body: (SeenAnswer) -> Void) {
        guard let rings else { return }
        for thread in 0..<planeThreads {
            rings[thread].forEachAnswer(from: start, to: end, body)
        }
    }
}
