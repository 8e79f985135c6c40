// SPDX-License-Identifier: Apache-2.0

/// What a client verb asks of the running daemon: one line of JSON on the control socket.
public struct ControlRequest: Codable, Sendable, Equatable {
    public enum Verb: String, Codable, Sendable {
        case status, reload

        /// How long a client waits: a reload may evaluate for ``BuilderThread/limitSeconds`` and
        /// try its checks.
        var secondsMax: Int {
            switch self {
            case .status: 10
            case .reload: 4 * BuilderThread.limitSeconds
            }
        }
    }

    public var verb: Verb
    public var force = false
    public var dryRun = false

    public init(_ verb: Verb, force: Bool = false, dryRun: Bool = false) {
        self.verb = verb
        self.force = force
        self.dryRun = dryRun
    }

    /// Longest request line the daemon reads, in bytes; every verb fits in a fraction of it.
    static let bytesMax = 16 << 10
}

/// The daemon's answer: one line of JSON, then the connection closes.
public struct ControlReply: Codable, Sendable, Equatable {
    /// 0 done, 1 the request or the configuration is at fault, 70 ours (DESIGN §7).
    public var exitStatus: Int32
    /// For a person; empty or one line for each thing to say.
    public var message: String
    /// ``StatusReport`` for `status`.
    public var status: StatusReport?

    public init(exitStatus: Int32, message: String, status: StatusReport? = nil) {
        self.exitStatus = exitStatus
        self.message = message
        self.status = status
    }
}
