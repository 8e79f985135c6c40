// SPDX-License-Identifier: Apache-2.0

/// What one run of a check said, or that it failed to say (DESIGN §3.2).
public enum CheckOutcome: Hashable, Sendable {
    /// Success; `score` is from 0 to 1.
    case up(score: Double, detail: String)
    /// An honest failure: it returned false, a call could not complete, or the run timed out.
    ///
    /// `isHard` when something said no, rather than nothing at all: a connection that was refused or
    /// reset, a program that is not there.
    case down(detail: String, isHard: Bool = false)
    /// The script itself failed, which says nothing about the service.
    case error(detail: String)

    /// The words that came with it, empty when the script gave none.
    public var detail: String {
        switch self {
        case .up(_, let detail), .down(let detail, _), .error(let detail): detail
        }
    }
}
