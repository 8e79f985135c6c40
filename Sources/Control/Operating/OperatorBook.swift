// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing

/// What people told the daemon against or beside its checks, until they take it back (DESIGN §5).
///
/// A value without a clock. Times of day are seconds since 1970, because they outlive the process;
/// how long a drain is graceful is of this process alone: after a restart nothing is left to move
/// away gently.
struct OperatorBook: Equatable, Sendable {
    struct Drain: Codable, Hashable, Sendable {
        var target: DrainTarget
        var since: Double
        var reason: String
        var by: String
    }

    struct Force: Codable, Hashable, Sendable {
        /// A check or a prefix.
        var target: DrainTarget
        var isUp: Bool
        var since: Double
        /// `nil` lasts until it is taken back.
        var until: Double?
        var reason: String
        var by: String
    }

    /// Entries of each kind: a person types them one by one, and a damaged file must not fill memory.
    static let entriesMax = 1_000
    /// Of a reason, in characters; it is shown on one line.
    static let reasonLengthMax = 200

    private(set) var drains: [DrainTarget: Drain] = [:]
    private(set) var forces: [DrainTarget: Force] = [:]
    /// When those that are graceful are withdrawn, by the monotonic clock.
    private(set) var gracefulEnds: [DrainTarget: Duration] = [:]

    init() {}

    /// Of an earlier process: what was draining is drained.
    init(drains: [Drain], forces: [Force]) {
        for drain in drains.prefix(Self.entriesMax) { self.drains[drain.target] = drain }
        for force in forces.prefix(Self.entriesMax) where force.target != .node {
            self.forces[force.target] = force
        }
    }

    var isEmpty: Bool { drains.isEmpty && forces.isEmpty }
    var sortedDrains: [Drain] { drains.values.sorted { $0.target.text < $1.target.text } }
    var sortedForces: [Force] { forces.values.sorted { $0.target.text < $1.target.text } }

    // MARK: - Drains

    /// Begins a drain. One that goes on keeps its beginning; a `grace` that has passed is not given
    /// again. Returns whether it is new.
    mutating func drain(_ drain: Drain, grace: Duration, now: Duration) -> Bool {
        if drains[drain.target] != nil {
            let end = now + grace
            if let before = gracefulEnds[drain.target], end < before {
                gracefulEnds[drain.target] = end
            }
            return false
        }
        drains[drain.target] = drain
        gracefulEnds[drain.target] = now + grace
        return true
    }

    mutating func undrain(_ target: DrainTarget) -> Drain? {
        gracefulEnds[target] = nil
        return drains.removeValue(forKey: target)
    }

    /// What the engine takes. Moves on those whose time has come.
    mutating func phases(now: Duration) -> [DrainTarget: DrainPhase] {
        gracefulEnds = gracefulEnds.filter { $0.value > now }
        return Dictionary(
            uniqueKeysWithValues: drains.keys.map {
                ($0, gracefulEnds[$0] == nil ? .withdrawn : .graceful)
            })
    }

    var nextGracefulEnd: Duration? { gracefulEnds.values.min() }

    // MARK: - Forced states

    mutating func force(_ force: Force) {
        forces[force.target] = force
    }

    mutating func unforce(_ target: DrainTarget) -> Force? {
        forces.removeValue(forKey: target)
    }

    /// Takes out those whose time is over.
    mutating func expire(at unixSeconds: Double) -> [Force] {
        let ended = sortedForces.filter { $0.until.map { $0 <= unixSeconds } ?? false }
        for force in ended { forces[force.target] = nil }
        return ended
    }

    /// What the engine takes for prefixes.
    var routeForces: [IPPrefix: RouteForce] {
        var result: [IPPrefix: RouteForce] = [:]
        for case (.prefix(let prefix), let force) in forces {
            result[prefix] = RouteForce(isUp: force.isUp, words: "\(prefix) is \(force.words)")
        }
        return result
    }

    /// What checks take, by name.
    var checkForces: [String: Force] {
        var result: [String: Force] = [:]
        for case (.check(let name), let force) in forces { result[name] = force }
        return result
    }
}

extension OperatorBook.Force {
    /// `forced down by uid 0 until 2026-11-22T03:30:00Z: its probe is wrong`.
    var words: String {
        "forced \(isUp ? "up" : "down") by \(by)"
            + (until.map { " until \(ControlClock.timestamp(unixSeconds: $0.rounded()))" } ?? "")
            + (reason.isEmpty ? "" : ": \(reason)")
    }
}

extension OperatorBook.Drain {
    /// `drained by uid 0: patches`.
    var words: String { "drained by \(by)" + (reason.isEmpty ? "" : ": \(reason)") }
}
