// SPDX-License-Identifier: Apache-2.0

/// What `pharos status --json` prints: stable names, more fields may come (DESIGN §7).
public struct StatusReport: Codable, Sendable, Equatable {
    public struct LastReload: Codable, Sendable, Equatable {
        /// `ok` or `rejected`.
        public var result = "ok"
        public var message = ""
        /// Universal time, RFC 3339.
        public var at = ""
        /// Reloads attempted since the start, rejected ones included.
        public var count = 0
    }

    public struct Listener: Codable, Sendable, Equatable {
        public var address: String
        /// Whether the address is on this host now.
        public var present: Bool
    }

    public struct Server: Codable, Sendable, Equatable {
        public var name: String
        public var address: String
        public var pool: String
        /// `up` or `down`; in capitals when it is forced, as dnsdist shows it.
        public var state: String
        public var score: Double
        public var order: Int
        public var weight: Int
        public var outstanding: Int
        public var queries: UInt64
        public var responses: UInt64
        public var errors: UInt64
        public var timeouts: UInt64
        public var latencyMicroseconds: Double
        public var detail: String
    }

    public struct Check: Codable, Sendable, Equatable {
        public var name: String
        /// `up`, `down`, `rising`, `falling`, `disabled`, `error` or `unknown`.
        public var state: String
        public var since: String
        public var progress: String
        public var score: Double
        public var detail: String
        public var lastGood: String
        public var runs: UInt64
        public var failures: UInt64
        public var errors: UInt64
        public var flaps: UInt64
        /// One for each target, in order; empty for a check without targets.
        public var targets: [CheckTarget] = []
    }

    /// One target of a check: the same fields as a check's.
    public struct CheckTarget: Codable, Sendable, Equatable {
        public var name: String
        /// What the script reads as `ctx.target`.
        public var target: String
        public var state: String
        public var since: String
        public var progress: String
        public var score: Double
        public var detail: String
        public var lastGood: String
        public var runs: UInt64
        public var failures: UInt64
        public var errors: UInt64
        public var flaps: UInt64
    }

    public struct Route: Codable, Sendable, Equatable {
        public var prefix: String
        public var neighbor: String
        public var announced: Bool
        public var since: String
        public var attributes: [String: String]
        public var reason: String
        public var delayRemaining: Double
    }

    /// A program that announces.
    public struct Helper: Codable, Sendable, Equatable {
        public var name: String
        public var command: String
        public var running: Bool
        /// 0 while it does not run.
        public var processID: Int
        /// When it was started or ended last.
        public var since: String
        public var restarts: Int
        public var commands: UInt64
        public var errors: UInt64
        public var lastError: String
        /// That it announces now, to all neighbours together.
        public var routes: Int
        /// Answers and events that it did not read.
        public var dropped: UInt64
    }

    /// A function of `every` or `maintenance`.
    public struct Timer: Codable, Sendable, Equatable {
        public var name: String
        /// `FILE:LINE` of the function.
        public var place: String
        public var runs: UInt64
        public var errors: UInt64
        public var nextRun: String
        public var lastError: String
    }

    /// A pool that has a packet cache, and what that counts, by dnsdist's names.
    public struct Cache: Codable, Sendable, Equatable {
        public var pool: String
        public var counters: [String: Int]
    }

    public struct Rule: Codable, Sendable, Equatable {
        public var name: String
        /// `query`, `response`, `cache-hit` or `self-answered`.
        public var chain: String
        public var hits: UInt64
        public var errors: UInt64
        public var timeouts: UInt64
    }

    /// A plane thread: a UDP worker, or `tcp`.
    public struct Worker: Codable, Sendable, Equatable {
        public var name: String
        /// The kernel's number of it; 0 when it is not known.
        public var thread: Int
        /// `ok` or `stuck`.
        public var state: String
        /// What it was about when it was looked at.
        public var activity: String
        /// While it is stuck, who serves its clients.
        public var servedBy: [String]
    }

    /// One virtual machine of scripts: control's, and one of each plane thread when some function
    /// runs for each query.
    public struct ScriptMachine: Codable, Sendable, Equatable {
        public var name: String
        public var memoryBytes: Int
        public var memoryBytesMax: Int
    }

    /// A function of `onStateChange`.
    public struct Callback: Codable, Sendable, Equatable {
        public var name: String
        /// `FILE:LINE` of the function.
        public var place: String
        public var calls: UInt64
        public var errors: UInt64
        public var lastError: String
    }

    /// A client or a name that is blocked for a while.
    public struct Block: Codable, Sendable, Equatable {
        /// `192.0.2.1/32`, `192.0.2.1:16384/2` with a range of ports, or a name and all below it.
        public var subject: String
        /// `address` or `name`.
        public var kind: String
        /// As in `DNSAction`.
        public var action: String
        public var reason: String
        /// By a rule's warning rate: queries are counted only.
        public var warning: Bool
        public var secondsLeft: Int
        /// That met the block.
        public var queries: UInt64
    }

    /// What `pharos drain` took out of service.
    public struct Drain: Codable, Sendable, Equatable {
        /// `node`, `prefix 192.0.2.53/32` or `check resolver`.
        public var target: String
        /// `graceful` or `withdrawn`.
        public var phase: String
        public var since: String
        public var reason: String
        public var by: String
    }

    /// What `pharos force` said.
    public struct Forced: Codable, Sendable, Equatable {
        /// `prefix 192.0.2.53/32` or `check resolver`.
        public var target: String
        /// `up` or `down`.
        public var verdict: String
        public var since: String
        /// Empty: until it is taken back.
        public var until: String
        public var reason: String
        public var by: String
    }

    public struct Policy: Codable, Sendable, Equatable {
        public var name: String
        /// `builtin`, `query` or `planned`.
        public var kind: String
        public var calls: UInt64
        public var errors: UInt64
        public var timeouts: UInt64
        public var fallbacks: UInt64
        public var lastError: String
    }

    public var version = ""
    public var processID = 0
    public var configuration = ""
    public var generation = 0
    public var ready = false
    public var startedAt = ""
    public var lastReload = LastReload()
    /// Whether the whole node is.
    public var drained = false
    public var drains: [Drain] = []
    public var forced: [Forced] = []
    /// Why what people said is not kept over a restart; empty while it is.
    public var stateFault = ""
    public var listeners: [Listener] = []
    public var servers: [Server] = []
    public var checks: [Check] = []
    public var neighbors: [Neighbor] = []
    public var routes: [Route] = []
    public var helpers: [Helper] = []
    public var rules: [Rule] = []
    public var policies: [Policy] = []
    public var timers: [Timer] = []
    public var caches: [Cache] = []
    public var callbacks: [Callback] = []
    public var scripts: [ScriptMachine] = []
    public var workers: [Worker] = []
    /// Dynamic blocks in force, those with the most queries first; a thousand at most.
    public var blocks: [Block] = []
    /// All of them.
    public var blockCount = 0
    public var warnings: [String] = []
    /// Sums over all plane threads, under dnsdist's names.
    public var counters: [String: UInt64] = [:]

    public init() {}
}
