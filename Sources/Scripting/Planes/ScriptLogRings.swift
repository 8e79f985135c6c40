// SPDX-License-Identifier: Apache-2.0

import Declarations
import Synchronization

/// What the scripts of the plane's threads logged (`infolog` in a policy, rule or action): a bounded
/// ring for each thread, so that none waits for a disk, a lock or memory.
///
/// It outlives generations: whichever VM a thread runs notes in the thread's ring. Lines are taken by
/// one thread at a time.
public final class ScriptLogRings: @unchecked Sendable {
    // Unchecked: each ring has one writer and one reader; the list of them is behind the lock.

    private let planeThreads: Int
    /// Made for the first VM: a configuration without such scripts takes no memory for it.
    private let rings = Mutex<[ScriptLogRing]>([])

    public init(planeThreads: Int) {
        self.planeThreads = planeThreads
    }

    deinit {
        for ring in rings.withLock({ $0 }) { ring.deallocate() }
    }

    /// The ring of one plane thread.
    func ring(of thread: Int) -> ScriptLogRing? {
        rings.withLock { rings in
            if rings.isEmpty { rings = (0..<planeThreads).map { _ in ScriptLogRing() } }
            return rings.indices.contains(thread) ? rings[thread] : nil
        }
    }

    /// Takes all lines that were logged since the last call, thread by thread.
    public func take(_ body: (ScriptLogLine) -> Void) {
        for ring in rings.withLock({ $0 }) {
            ring.take { priority, text, file, line in
                let location = file.isEmpty ? nil : SourceLocation(file: file, line: line)
                body(
                    ScriptLogLine(
                        priority: ScriptLogLine.Priority(number: priority),
                        text: String(text.map { $0.isNewline ? " " : $0 }), location: location))
            }
        }
    }

    /// Lines that found no room since the start.
    public var dropped: UInt64 {
        rings.withLock { $0 }.reduce(0) { $0 &+ $1.dropped }
    }
}

extension ScriptLogLine.Priority {
    init(number: Int32) {
        self = number == 2 ? .error : number == 1 ? .warning : .info
    }

    /// As it crosses a plane's VM.
    var number: Int32 {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        }
    }
}
