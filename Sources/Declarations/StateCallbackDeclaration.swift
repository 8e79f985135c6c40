// SPDX-License-Identifier: Apache-2.0

/// A function that control calls after something changed state: `onStateChange(f)`, and dnsdist's
/// `addServerStateChangeCallback(f)`.
public struct StateCallbackDeclaration: Hashable, Sendable {
    /// What the function is given.
    public enum Form: Hashable, Sendable {
        /// One table that tells the change.
        case change
        /// A server's name with its address, and whether it is up.
        case server
    }

    public var function: FunctionReference
    public var form: Form

    public init(function: FunctionReference, form: Form) {
        self.function = function
        self.form = form
    }
}
