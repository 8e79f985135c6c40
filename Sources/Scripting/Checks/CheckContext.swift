// SPDX-License-Identifier: Apache-2.0

/// What `ctx` tells a check's `run`.
public struct CheckContext: Hashable, Sendable {
    /// The last verdict, as `ctx.previous` shows it.
    public struct Previous: Hashable, Sendable {
        public var isUp: Bool
        public var detail: String

        public init(isUp: Bool, detail: String) {
            self.isUp = isUp
            self.detail = detail
        }
    }

    public var name: String
    /// The address of this run when the check has `targets`.
    public var target: String?
    /// `nil` on the first run.
    public var previous: Previous?
    /// Seconds that this run may take; the caller cancels it then.
    public var deadlineSeconds: Double

    public init(
        name: String, target: String? = nil, previous: Previous? = nil, deadlineSeconds: Double
    ) {
        self.name = name
        self.target = target
        self.previous = previous
        self.deadlineSeconds = deadlineSeconds
    }
}
