// SPDX-License-Identifier: Apache-2.0

import Declarations

/// What a client verb asks of the running daemon: one line of JSON on the control socket.
public struct ControlRequest: Codable, Sendable, Equatable {
    public enum Verb: String, Codable, Sendable {
        case status, reload, exec, routes, reset, drain, undrain, force, events

        /// How long a client waits: a reload may evaluate for as long as `loadTime` can say and try
        /// its checks.
        var secondsMax: Int {
            switch self {
            case .status, .routes, .reset, .drain, .undrain, .force: 10
            case .exec, .events: 20
            case .reload:
                ScriptLimits.loadMillisecondsRange.upperBound / 1_000
                    * (ScriptLimits.loadClockFactor + 1)
            }
        }
    }

    public var verb: Verb
    public var force = false
    public var dryRun = false
    /// What `exec` is to run.
    public var script: String?
    /// Whose routes, or whose session.
    public var neighbor: String?
    /// What the neighbour of `reset` is told.
    public var reason: String?
    /// For `drain`, `undrain`, `force` and `events`.
    public var operation: OperatorRequest?

    public init(
        _ verb: Verb, force: Bool = false, dryRun: Bool = false, script: String? = nil,
        neighbor: String? = nil, reason: String? = nil, operation: OperatorRequest? = nil
    ) {
        self.verb = verb
        self.force = force
        self.dryRun = dryRun
        self.script = script
        self.neighbor = neighbor
        self.reason = reason
        self.operation = operation
    }

    /// How long a client waits for the answer.
    var secondsMax: Int { verb.secondsMax + (operation?.secondsMax ?? 0) }

    /// Longest text that `exec` takes, in bytes: a script of some thousand lines.
    public static let scriptBytesMax = 128 << 10

    /// Longest reason that `reset` takes, in octets of UTF-8: what a Cease has room for (RFC 9003 §2).
    public static let resetReasonBytesMax = 255

    /// Longest request line the daemon reads, in bytes: a script whose every byte is escaped.
    static let bytesMax = 6 * scriptBytesMax + (16 << 10)
}

/// The daemon's answer: one line of JSON, then the connection closes.
public struct ControlReply: Codable, Sendable, Equatable {
    /// 0 done, 1 the request or the configuration is at fault, 70 ours (DESIGN §7).
    public var exitStatus: Int32
    /// For a person; empty or one line for each thing to say.
    public var message: String
    /// ``StatusReport`` for `status`.
    public var status: StatusReport?
    /// For `routes`.
    public var routes: RoutesReport?
    /// For `events`, oldest first.
    public var events: [JournalEvent]?

    public init(
        exitStatus: Int32, message: String, status: StatusReport? = nil,
        routes: RoutesReport? = nil, events: [JournalEvent]? = nil
    ) {
        self.exitStatus = exitStatus
        self.message = message
        self.status = status
        self.routes = routes
        self.events = events
    }
}
