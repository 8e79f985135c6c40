// SPDX-License-Identifier: Apache-2.0

/// A function that control calls at an interval: `every(seconds, f)`, and dnsdist's `maintenance()`.
///
/// Runs are start to start and never overlap. `maintenance` is one of a second.
public struct TimerDeclaration: Hashable, Sendable {
    public var function: FunctionReference
    public var intervalMilliseconds: Int

    public init(function: FunctionReference, intervalMilliseconds: Int) {
        self.function = function
        self.intervalMilliseconds = intervalMilliseconds
    }
}
