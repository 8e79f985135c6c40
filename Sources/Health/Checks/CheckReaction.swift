// SPDX-License-Identifier: Apache-2.0
//
// From the moment at which what is checked hangs to the verdict, at most:
//
//     hang                        1st failure        2nd                        last of `fall`
//      |<------- interval ------->|<-timeout->|                                 |
//      +--------------------------+-----------+---- max(fastInterval, timeout) -+
//
// The worst hang begins just behind a success. The next run starts an interval after that one did and
// is lost at its timeout; the check then falls, so further runs start a fast interval apart, or as
// soon as the one before has timed out. The way up is the same with `rise`, the worst recovery coming
// just behind a start and each answer taking as long as it may.

public import Declarations

/// How soon a check's verdict follows what is checked, by its declaration.
public struct CheckReaction: Hashable, Sendable {
    public let interval: Duration
    public let timeout: Duration
    /// Between the starts of runs that fail at their timeout, while rising or falling.
    public let step: Duration
    /// Whether ``step`` is the timeout and not the fast interval.
    public let stepIsTimeout: Bool
    public let rise: Int
    public let fall: Int
    /// `restartGrace`, from the last success.
    public let grace: Duration

    public init(_ declaration: CheckDeclaration) {
        interval = .milliseconds(max(1, declaration.intervalMilliseconds))
        timeout = .milliseconds(max(1, declaration.timeoutMilliseconds))
        let fast = min(interval, .milliseconds(max(1, declaration.fastIntervalMilliseconds)))
        step = max(fast, timeout)
        stepIsTimeout = timeout > fast
        rise = max(1, declaration.rise)
        fall = max(1, declaration.fall)
        grace = .milliseconds(max(0, declaration.restartGraceMilliseconds))
    }

    /// From a hang to the verdict down, at most.
    ///
    /// A grace puts it off until the first run that fails after it.
    public var downAtMost: Duration {
        let first = interval + timeout
        let more = Int(((grace - first) / step).rounded(.up))
        return first + step * max(fall - 1, more)
    }

    /// From the end of a hang to the verdict up, at most.
    public var upAtMost: Duration { interval + timeout + step * (rise - 1) }
}
