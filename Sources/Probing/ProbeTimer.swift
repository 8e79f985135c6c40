// SPDX-License-Identifier: Apache-2.0
//
// An event loop runs the tasks that are due before it asks the kernel which sockets are ready. A
// loop that was kept from its work therefore comes to a timeout first and to the answer, which has
// long been in the socket, afterwards: our own lateness would be told as the server's silence.

import NIOCore

/// A probe's timeout, which lets the loop look at its sockets before it says that nothing came.
///
/// Confined to its event loop.
final class ProbeTimer {
    /// A timer that fires so long after it was due says that the loop was late. One that is idle
    /// fires within a millisecond.
    static let lateMilliseconds: Int64 = 5
    /// What it waits for then: sockets are read in between, unless more tasks keep the loop, and
    /// then it is late again.
    static let graceMilliseconds: Int64 = 10
    /// A loop that is late every time is told of at last.
    static let gracesMax = 10

    private let loop: any EventLoop
    private var action: (() -> Void)?
    private var scheduled: Scheduled<Void>?
    private var graces = 0

    /// Calls `action` once, after this time at the earliest, unless it is cancelled.
    init(milliseconds: Int, on loop: any EventLoop, _ action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
        arm(.milliseconds(Int64(max(0, milliseconds))))
    }

    private func arm(_ time: TimeAmount) {
        let due = NIODeadline.now() + time
        scheduled = loop.assumeIsolated().scheduleTask(deadline: due) { [self] in
            let isLate = NIODeadline.now() - due >= .milliseconds(Self.lateMilliseconds)
            guard isLate, graces < Self.gracesMax else {
                let action = self.action
                self.action = nil
                action?()
                return
            }
            graces += 1
            arm(.milliseconds(Self.graceMilliseconds))
        }
    }

    func cancel() {
        action = nil
        scheduled?.cancel()
    }
}
