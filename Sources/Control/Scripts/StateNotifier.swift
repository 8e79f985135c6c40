// SPDX-License-Identifier: Apache-2.0

import Declarations
import Logging
import NIOCore
import Scripting

/// Tells the functions of `onStateChange` what changed, after it changed and in order.
///
/// Confined to control's event loop. A change is only queued where it happens, so that no callback
/// runs inside a decision; what a callback changes is told in a later turn. Without callbacks nothing
/// is kept.
final class StateNotifier {
    /// Changes that wait: a reload that renames everything tells of some thousand. Beyond it the
    /// newest are lost, counted and said.
    static let waitingMax = 10_000
    /// Told in one turn of the loop: at some tens of microseconds each, timers notice nothing.
    private static let perTurn = 16
    /// Told in a second. Callbacks that undo each other's changes would go on for ever.
    private static let perSecond = 1_000
    /// How long a function is left out after it used up its budget: at first, and at most.
    private static let leftOutMin = Duration.seconds(1)
    private static let leftOutMax = Duration.seconds(64)

    struct Status {
        let name: String
        let location: SourceLocation
        let calls: UInt64
        let errors: UInt64
        let lastFault: ScriptFault?
    }

    fileprivate struct Callback {
        let declaration: StateCallbackDeclaration
        let index: Int
        var calls: UInt64 = 0
        var errors: UInt64 = 0
        var lastFault: ScriptFault?
        var leftOutUntil = Duration.zero
        var overrunsInARow = 0
    }

    /// Called after callbacks ran: they may have changed servers.
    var onRun: () -> Void = {}

    private let clock: ControlClock
    private let faults: FaultLog
    private let logger: Logger
    private var callbacks: [Callback] = []
    private var scripts: ControlScripts?
    private var waiting: [StateChange] = []
    private var isDeliveryPlanned = false
    private var secondBegan = Duration.zero
    private var toldThisSecond = 0
    private var lost = 0

    init(clock: ControlClock, faults: FaultLog, logger: Logger) {
        self.clock = clock
        self.faults = faults
        self.logger = logger
    }

    /// Whether anybody is told of changes.
    var hasListeners: Bool { !callbacks.isEmpty }

    var statuses: [Status] {
        callbacks.map {
            Status(
                name: $0.declaration.function.name, location: $0.declaration.function.location,
                calls: $0.calls, errors: $0.errors, lastFault: $0.lastFault)
        }
    }

    /// Takes the callbacks of a new generation; what waits is told to them.
    func apply(_ configuration: DeclaredConfiguration, scripts: ControlScripts) {
        self.scripts = scripts
        callbacks = configuration.stateCallbacks.enumerated().map {
            Callback(declaration: $0.element, index: $0.offset)
        }
        if callbacks.isEmpty { waiting = [] }
    }

    func note(_ change: StateChange) {
        guard callbacks.contains(where: { $0.wants(change) }) else { return }
        guard waiting.count < Self.waitingMax else {
            if lost == 0 { logger.error("onStateChange: too many changes wait; some are lost") }
            lost += 1
            return
        }
        waiting.append(change)
        plan(after: .zero)
    }

    private func plan(after delay: Duration) {
        guard !isDeliveryPlanned else { return }
        isDeliveryPlanned = true
        _ = clock.schedule(at: clock.now + delay) { [weak self] in self?.deliver() }
    }

    private func deliver() {
        isDeliveryPlanned = false
        let now = clock.now
        if now - secondBegan >= .seconds(1) {
            secondBegan = now
            toldThisSecond = 0
        }
        let count = min(waiting.count, Self.perTurn, Self.perSecond - toldThisSecond)
        let changes = waiting.prefix(count)
        waiting.removeFirst(count)
        toldThisSecond += count
        for change in changes {
            for number in callbacks.indices where callbacks[number].wants(change) {
                call(number, change)
            }
        }
        if count > 0 { onRun() }
        if waiting.isEmpty {
            if lost > 0 { logger.error("onStateChange: \(lost) changes were not told") }
            lost = 0
            return
        }
        let isOverRate = toldThisSecond >= Self.perSecond
        plan(after: isOverRate ? secondBegan + .seconds(1) - clock.now : .zero)
    }

    private func call(_ number: Int, _ change: StateChange) {
        let callback = callbacks[number]
        guard let scripts, clock.now >= callback.leftOutUntil else { return }
        let fault = scripts.runStateCallback(callback.index, change)
        callbacks[number].calls += 1
        guard let fault else {
            callbacks[number].overrunsInARow = 0
            return
        }
        callbacks[number].errors += 1
        callbacks[number].lastFault = fault
        let function = callback.declaration.function
        faults.note(fault, of: "\(function.name) (\(function.location))")
        guard fault.usedUpBudget else { return }
        let delay = Self.leftOutMin * (1 << min(callback.overrunsInARow, 6))
        callbacks[number].overrunsInARow += 1
        callbacks[number].leftOutUntil = clock.now + min(delay, Self.leftOutMax)
    }
}

extension StateNotifier.Callback {
    /// dnsdist's form is about servers that went up or down.
    fileprivate func wants(_ change: StateChange) -> Bool {
        declaration.form == .change || change.kind == .server
    }
}
