// SPDX-License-Identifier: Apache-2.0
//
// dnsdist's states of a server, exactly (research/dnsdist.md §2.6): failures are counted in a row
// while it is up, successes in a row while it is down, both start again at a change. The check at
// the start decides alone. A forced state stops checks and hides what they said, it does not
// change it: `setAuto()` goes on with the last of them.
//
// What dnsdist does not have: a `checkFunction` that fails says nothing about the server. What was
// decided stands for a while, then counts as down; an initial check is still to come then.

public import Addressing
public import Declarations

/// Turns the results of dnsdist's health check of one server into up and down: no clock, no I/O.
public struct ServerHealthStateMachine: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case none
        /// Write it into the server's record, and log ``line(name:address:isUp:)``.
        case markUp
        case markDown
    }

    /// Consecutive failures that mark it down; dnsdist's `maxCheckFailures`.
    public private(set) var failuresMax: Int
    /// Consecutive successes that mark it up.
    public private(set) var rise: Int
    public private(set) var forced: ForcedState
    /// What checks said last: dnsdist's `upStatus`, which a forced state hides.
    public private(set) var upStatus = false
    /// Whether the next result decides alone.
    public private(set) var awaitsInitialCheck: Bool
    public private(set) var checks: UInt64 = 0
    public private(set) var failures: UInt64 = 0
    private var failuresInARow = 0
    private var successesInARow = 0
    private var errorSince: Duration?

    /// How long errors of a `checkFunction` leave an up server up: as of a check (`errorGrace`).
    public static let errorGrace = Duration.seconds(60)

    public init(failuresMax: Int, rise: Int, forced: ForcedState = .auto) {
        self.failuresMax = failuresMax
        self.rise = rise
        self.forced = forced
        // dnsdist gives only servers that it checks at the start an initial check.
        awaitsInitialCheck = forced == .auto
    }

    public init(_ declaration: ServerDeclaration) {
        self.init(
            failuresMax: declaration.healthCheck.failuresMax, rise: declaration.healthCheck.rise,
            forced: declaration.initialState)
    }

    /// Whether queries may go to it.
    public var isUp: Bool {
        switch forced {
        case .auto: upStatus
        case .up: true
        case .down, .barred: false
        }
    }

    /// Whether it is probed at all.
    public var needsChecks: Bool { forced == .auto }

    /// Records one result. One that arrives while the state is forced is ignored.
    public mutating func record(isSuccess: Bool) -> Action {
        guard needsChecks else { return .none }
        checks += 1
        errorSince = nil
        if !isSuccess { failures += 1 }
        if awaitsInitialCheck {
            awaitsInitialCheck = false
            return change(to: isSuccess)
        }
        if isSuccess {
            failuresInARow = 0
            guard !upStatus else { return .none }
            successesInARow += 1
            return successesInARow >= rise ? change(to: true) : .none
        }
        successesInARow = 0
        guard upStatus else { return .none }
        failuresInARow += 1
        return failuresInARow >= failuresMax ? change(to: false) : .none
    }

    /// Records that its `checkFunction` failed, so that nothing was asked.
    ///
    /// - Parameter now: of a monotonic clock, the same for all calls.
    public mutating func recordError(now: Duration) -> Action {
        guard needsChecks else { return .none }
        let since = errorSince ?? now
        errorSince = since
        guard upStatus, now - since >= Self.errorGrace else { return .none }
        return change(to: false)
    }

    /// `setUp()`, `setDown()`, `setAuto()`; the action says whether ``isUp`` changed by it.
    public mutating func force(_ state: ForcedState) -> Action {
        let before = isUp
        forced = state
        return isUp == before ? .none : isUp ? .markUp : .markDown
    }

    /// `setAuto(true)` and `setAuto(false)`: goes on as if checks had said so.
    public mutating func setAuto(upStatus: Bool) -> Action {
        let before = isUp
        forced = .auto
        self.upStatus = upStatus
        awaitsInitialCheck = false
        failuresInARow = 0
        successesInARow = 0
        return isUp == before ? .none : isUp ? .markUp : .markDown
    }

    /// Applies the settings of a new generation; the history stays.
    public mutating func reconfigure(_ settings: ServerHealthCheck) {
        failuresMax = settings.failuresMax
        rise = settings.rise
    }

    /// What dnsdist logs at a change: operators watch for this line.
    public static func line(name: String, address: Endpoint, isUp: Bool) -> String {
        let shown = name.isEmpty ? "\(address)" : "\(name) (\(address))"
        return "Marking downstream \(shown) as '\(isUp ? "up" : "down")'"
    }

    private mutating func change(to isUp: Bool) -> Action {
        upStatus = isUp
        failuresInARow = 0
        successesInARow = 0
        return isUp ? .markUp : .markDown
    }
}
