// SPDX-License-Identifier: Apache-2.0
//
// The life of one check. A result moves the position; only a full streak changes the verdict:
//
//              success            `rise` of them
//      DOWN ------------> RISING ----------------> UP
//       ^  <------------     ^                      |  ^
//       |     failure        | success, if          |  | success
//       |                    | never up             v  |
//       +------------------------------------- FALLING-+
//              `fall` failures
//
// UNKNOWN is where it starts, and where it starts over when it is enabled again. It has no verdict
// to go back to, so a failure there is the first of `fall` (a route that was kept over a reload
// must not go with one lost probe) and a success the first of `rise`.
//
// ERROR is a script that failed to say: the verdict before it stands for `errorGrace`, then counts
// as down. An error breaks a rising streak (a first rise is full or it is none), and neither adds to
// a falling one nor clears it, so that errors between failures cannot hold a dead service up.

/// Turns the outcomes of one check into its state (DESIGN §3.2): no clock, no I/O.
///
/// Every `now` is the time since a fixed origin on a monotonic clock, the same for all calls, and
/// never decreases. The value moves between configuration generations under the check's name.
public struct CheckStateMachine: Hashable, Sendable {
    /// What `status` shows.
    public enum State: String, CaseIterable, Hashable, Sendable {
        case unknown, rising, up, falling, down, disabled, error
    }

    /// What routes and servers may rely on.
    public enum Verdict: String, CaseIterable, Hashable, Sendable {
        /// No full streak yet since the start, or since it was enabled again.
        case unknown
        case up, down
        /// The script fails; what was decided before stays as it is.
        case error
        case disabled
    }

    /// What the owner is to report, with the cause in words.
    public enum Action: Hashable, Sendable {
        case none
        case becameUp(cause: String)
        case becameDown(cause: String)
        case becameError(cause: String)
        case becameDisabled(cause: String)
        /// It was enabled again and starts over.
        case becameUnknown(cause: String)
        /// The position moved to rising or falling, or back to a verdict that never changed.
        case moved(to: State, cause: String)
    }

    public private(set) var thresholds: CheckThresholds
    public private(set) var state = State.unknown
    /// When ``state`` last changed.
    public private(set) var since: Duration
    /// From 0 to 1; what the last success said, and 0 once the verdict is down.
    public private(set) var score = 0.0
    /// The words of the last outcome.
    public private(set) var detail = ""
    /// When the last success was recorded.
    public private(set) var lastGood: Duration?
    public private(set) var runs: UInt64 = 0
    /// Outcomes that were down.
    public private(set) var failures: UInt64 = 0
    /// Outcomes that were errors.
    public private(set) var errors: UInt64 = 0
    /// How often the verdict went from up to down.
    public private(set) var flaps: UInt64 = 0

    /// The last verdict of a full streak: unknown, up or down. It stands through errors.
    private(set) var standing = Verdict.unknown
    private var streak = 0
    /// How it was found to be down: `3/3`.
    private var fallNote = ""
    /// Hard failures in a row, at the end of the streak.
    private var hardStreak = 0
    private var errorSince: Duration?

    public init(thresholds: CheckThresholds, now: Duration) {
        self.thresholds = thresholds
        since = now
    }

    /// What the check counts as.
    public var verdict: Verdict {
        switch state {
        case .disabled: .disabled
        case .error: standing == .up ? .error : standing
        case .unknown, .rising, .up, .falling, .down: standing
        }
    }

    /// Whether the next result may change the verdict, so that `fastInterval` applies.
    public var isTransient: Bool { state == .rising || state == .falling }

    /// Whether the next run is to be at once: it confirms a hard failure, or it does not.
    public var wantsConfirmation: Bool {
        thresholds.confirmsHardFailures && state == .falling && hardStreak == 1
    }

    /// `2/3` while rising or falling, empty otherwise.
    public var progress: String {
        switch state {
        case .rising: "\(min(streak, thresholds.rise))/\(thresholds.rise)"
        case .falling: "\(min(streak, thresholds.fall))/\(thresholds.fall)"
        case .unknown, .up, .down, .disabled, .error: ""
        }
    }

    /// `rising 2/3`, `down: SERVFAIL`: what follows "check NAME is" in a reason.
    public var words: String {
        let position = progress.isEmpty ? state.rawValue : "\(state.rawValue) \(progress)"
        let mattersNow = state == .down || state == .falling || state == .error
        let note = state == .down && !fallNote.isEmpty ? " (\(fallNote))" : ""
        return (detail.isEmpty || !mattersNow ? position : "\(position): \(detail)") + note
    }

    /// When the verdict that stands through errors lapses; call ``advance(now:)`` then.
    public var graceDeadline: Duration? {
        guard state == .error, standing == .up, let errorSince else { return nil }
        return errorSince + thresholds.errorGrace
    }

    /// Records one run. A run that ends while the check is disabled is ignored.
    public mutating func record(_ outcome: CheckOutcome, now: Duration) -> Action {
        guard state != .disabled else { return .none }
        runs += 1
        detail = outcome.detail
        switch outcome {
        case .up(let score, _): return recordSuccess(score: score, now: now)
        case .down(_, let isHard): return recordFailure(isHard: isHard, now: now)
        case .error: return recordError(now: now)
        }
    }

    /// Lets the error grace lapse; harmless at any other time.
    public mutating func advance(now: Duration) -> Action {
        guard let deadline = graceDeadline, now >= deadline else { return .none }
        return fall(
            to: .error, now: now,
            cause: "its script failed for \(thresholds.errorGrace.inSeconds): \(detail)")
    }

    /// Follows the disable file: present is disabled, gone starts over.
    public mutating func setDisabled(_ isDisabled: Bool, cause: String, now: Duration) -> Action {
        guard isDisabled != (state == .disabled) else { return .none }
        standing = .unknown
        streak = 0
        hardStreak = 0
        errorSince = nil
        score = 0
        detail = isDisabled ? cause : ""
        move(to: isDisabled ? .disabled : .unknown, now: now)
        return isDisabled ? .becameDisabled(cause: cause) : .becameUnknown(cause: cause)
    }

    /// Applies the settings of a new generation; the position stays, the next outcome is measured
    /// by them.
    public mutating func reconfigure(_ thresholds: CheckThresholds) {
        self.thresholds = thresholds
    }
}

// MARK: - Outcomes

extension CheckStateMachine {
    private mutating func recordSuccess(score: Double, now: Duration) -> Action {
        lastGood = now
        hardStreak = 0
        errorSince = nil
        // A NaN has no order: it is no score at all.
        self.score = score.isNaN ? 0 : min(1, max(0, score))
        if standing == .up {
            streak = 0
            return back(to: .up, now: now)
        }
        streak = state == .rising ? streak + 1 : 1
        guard streak >= thresholds.rise else { return enter(.rising, now: now) }
        let cause = thresholds.rise == 1 ? "1 success" : "\(thresholds.rise) successes in a row"
        standing = .up
        streak = 0
        move(to: .up, now: now)
        return .becameUp(cause: with(detail, cause))
    }

    private mutating func recordFailure(isHard: Bool, now: Duration) -> Action {
        hardStreak = isHard ? hardStreak + 1 : 0
        failures += 1
        errorSince = nil
        if standing == .down {
            streak = 0
            score = 0
            return back(to: .down, now: now)
        }
        // The streak outlives errors in between; a rising one is no part of it.
        streak = state == .falling || state == .error ? streak + 1 : 1
        let isConfirmed = thresholds.confirmsHardFailures && hardStreak > 1
        guard streak >= thresholds.fall || isConfirmed, !isWithinGrace(now) else {
            return enter(.falling, now: now)
        }
        let cause = streak == 1 ? "1 failure" : "\(streak) failures in a row"
        fallNote = streak < thresholds.fall ? "confirmed" : "\(thresholds.fall)/\(thresholds.fall)"
        return fall(to: .down, now: now, cause: with(detail, cause))
    }

    /// What was up may be away for a moment: it restarts.
    private func isWithinGrace(_ now: Duration) -> Bool {
        guard standing == .up, let lastGood else { return false }
        return now < lastGood + thresholds.restartGrace
    }

    private mutating func recordError(now: Duration) -> Action {
        errors += 1
        if state != .error {
            if state == .rising { streak = 0 }
            errorSince = now
            move(to: .error, now: now)
            let lapse = advance(now: now)  // a grace of zero
            return lapse == .none ? .becameError(cause: detail) : lapse
        }
        return advance(now: now)
    }

    private mutating func fall(to state: State, now: Duration, cause: String) -> Action {
        if standing == .up { flaps += 1 }
        standing = .down
        streak = 0
        score = 0
        move(to: state, now: now)
        return .becameDown(cause: cause)
    }

    private mutating func enter(_ state: State, now: Duration) -> Action {
        guard move(to: state, now: now) else { return .none }
        return .moved(to: state, cause: detail)
    }

    private mutating func back(to state: State, now: Duration) -> Action {
        enter(state, now: now)
    }

    @discardableResult
    private mutating func move(to state: State, now: Duration) -> Bool {
        guard state != self.state else { return false }
        self.state = state
        since = now
        return true
    }

    private func with(_ detail: String, _ cause: String) -> String {
        detail.isEmpty ? cause : "\(detail) (\(cause))"
    }
}
