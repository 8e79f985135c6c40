// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Lines that wait until what they tell of has been done.
///
/// A line takes some ten microseconds, and a change of a check may have thousands. Whoever has just told
/// the speaker would take its processor to write them, so they are written a moment later, in order,
/// and a few at a time. Confined to control's event loop.
final class LateLog {
    /// By then an UPDATE is on its way; nobody who reads a log sees the difference.
    private static let wait = TimeAmount.milliseconds(2)
    /// Written in one turn of the loop: timers notice nothing.
    private static let perTurn = 64

    private let loop: NIOIsolatedEventLoop
    private var waiting: [() -> Void] = []
    private var isPlanned = false

    init(clock: ControlClock) {
        loop = clock.loop
    }

    /// Calls `body` soon, after those that came before it.
    func say(_ body: @escaping () -> Void) {
        waiting.append(body)
        plan(in: Self.wait)
    }

    /// Calls all that wait, as on the way down.
    func flush() {
        let bodies = waiting
        waiting = []
        for body in bodies { body() }
    }

    private func plan(in time: TimeAmount) {
        guard !isPlanned else { return }
        isPlanned = true
        loop.scheduleTask(in: time) { [weak self] in self?.speak() }
    }

    private func speak() {
        isPlanned = false
        let bodies = waiting.prefix(Self.perTurn)
        waiting.removeFirst(bodies.count)
        for body in bodies { body() }
        if !waiting.isEmpty { plan(in: .zero) }
    }
}
