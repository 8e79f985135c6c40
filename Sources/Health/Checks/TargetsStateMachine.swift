// SPDX-License-Identifier: Apache-2.0
//
// A check with targets has one state machine for each of them. Routes and servers that name the check
// want one verdict: enough targets up is up, too many down is down. While targets without a verdict
// could still decide it either way it stays what it was, so that a target which a reload adds changes
// nothing before it has said something itself. Targets whose script fails count as what they were:
// when the whole is up only thanks to those, it is an error and what was decided before stands.

/// A target's name and where it stands.
public struct NamedMachine: Hashable, Sendable {
    public var name: String
    public var machine: CheckStateMachine

    public init(name: String, machine: CheckStateMachine) {
        self.name = name
        self.machine = machine
    }
}

/// Turns the verdicts of a check's targets into one (`targetsUp`): no clock, no I/O.
public struct TargetsStateMachine: Hashable, Sendable {
    public private(set) var verdict = CheckStateMachine.Verdict.unknown
    /// When ``verdict`` last changed.
    public private(set) var since: Duration
    /// How often it went from up to down.
    public private(set) var flaps: UInt64 = 0
    /// The mean of the targets' scores, those that are not up counting as 0; 0 while it is down.
    public private(set) var score = 0.0
    /// `2 of 3 targets up; 192.0.2.3: SERVFAIL`.
    public private(set) var detail = ""
    /// The last of up and down; unknown before the first, and after it was disabled.
    private var standing = CheckStateMachine.Verdict.unknown

    /// Targets that a line names before it only counts them.
    private static let namedMax = 3

    public init(now: Duration) {
        since = now
    }

    public var state: CheckStateMachine.State {
        switch verdict {
        case .unknown: .unknown
        case .up: .up
        case .down: .down
        case .error: .error
        case .disabled: .disabled
        }
    }

    /// Judges anew, after any target's position changed. `needed` targets must be up.
    public mutating func judge(
        _ targets: [NamedMachine], needed: Int, now: Duration
    ) -> CheckStateMachine.Action {
        let next = Self.verdict(targets, needed: needed) ?? standing
        describe(targets, verdict: next)
        guard next != verdict else { return .none }
        let before = verdict
        verdict = next
        since = now
        switch next {
        case .up:
            standing = .up
            return .becameUp(cause: detail)
        case .down:
            if standing == .up { flaps += 1 }
            standing = .down
            return .becameDown(cause: detail)
        case .error: return .becameError(cause: detail)
        case .disabled:
            standing = .unknown
            return .becameDisabled(cause: detail)
        case .unknown:
            return before == .disabled
                ? .becameUnknown(cause: "it is enabled again")
                : .moved(to: .unknown, cause: detail)
        }
    }

    /// What the targets say; `nil` while those without a verdict can decide it either way.
    private static func verdict(
        _ targets: [NamedMachine], needed: Int
    ) -> CheckStateMachine.Verdict? {
        var counts: [CheckStateMachine.Verdict: Int] = [:]
        for target in targets { counts[target.machine.verdict, default: 0] += 1 }
        let up = counts[.up, default: 0]
        let standing = up + counts[.error, default: 0]
        if !targets.isEmpty, counts[.disabled] == targets.count { return .disabled }
        if up >= needed { return .up }
        if standing >= needed { return .error }
        return standing + counts[.unknown, default: 0] >= needed ? nil : .down
    }

    private mutating func describe(
        _ targets: [NamedMachine], verdict: CheckStateMachine.Verdict
    ) {
        let bad = targets.filter { $0.machine.verdict != .up }
        var parts = ["\(targets.count - bad.count) of \(targets.count) targets up"]
        parts += bad.prefix(Self.namedMax).map { "\($0.name): \($0.words)" }
        if bad.count > Self.namedMax { parts.append("\(bad.count - Self.namedMax) more") }
        detail = parts.joined(separator: "; ")
        let sum = targets.reduce(0.0) {
            $0 + ($1.machine.verdict == .up || $1.machine.verdict == .error ? $1.machine.score : 0)
        }
        score = verdict == .down || targets.isEmpty ? 0 : sum / Double(targets.count)
    }
}

extension NamedMachine {
    /// Why it is not up, or where it is on its way.
    fileprivate var words: String {
        machine.detail.isEmpty ? machine.words : machine.detail
    }
}
