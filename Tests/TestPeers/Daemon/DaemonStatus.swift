// SPDX-License-Identifier: Apache-2.0

/// `pharos status --json` as its readers know it: only names that are promised to stay.
///
/// Written down a second time on purpose: a renamed field must fail a test.
public struct DaemonStatus: Decodable, Sendable {
    public struct LastReload: Decodable, Sendable {
        public let result: String
        public let message: String
        /// Reloads attempted since the start.
        public let count: Int
    }

    public struct Server: Decodable, Sendable {
        public let name: String
        public let address: String
        public let pool: String
        public let state: String
        public let score: Double
        public let order: Int
        public let weight: Int
        public let outstanding: Int
        public let queries: Int
        public let errors: Int
        public let detail: String
    }

    public struct Check: Decodable, Sendable {
        public let name: String
        public let state: String
        public let progress: String
        public let detail: String
        public let runs: Int
        public let failures: Int
        public let flaps: Int
        public let score: Double
        public let targets: [Target]

        public func target(_ name: String) -> Target? { targets.first { $0.name == name } }
    }

    /// One target of a check.
    public struct Target: Decodable, Sendable {
        public let name: String
        public let target: String
        public let state: String
        public let detail: String
        public let score: Double
        public let runs: Int
        public let failures: Int
        public let flaps: Int
    }

    /// A thread of the plane.
    public struct Worker: Decodable, Sendable {
        public let name: String
        public let thread: Int
        public let state: String
        public let activity: String
        public let servedBy: [String]
    }

    public struct Neighbor: Decodable, Sendable {
        public let address: String
        public let `as`: Int
        public let state: String
        public let since: String
        public let establishedCount: Int
        public let updatesSent: Int
        public let lastError: String
    }

    public struct Route: Decodable, Sendable {
        public let prefix: String
        public let neighbor: String
        public let announced: Bool
        public let attributes: [String: String]
        public let reason: String
        public let delayRemaining: Double
    }

    public struct Helper: Decodable, Sendable {
        public let name: String
        public let running: Bool
        public let processID: Int32
        public let restarts: Int
        public let commands: Int
        public let errors: Int
        public let lastError: String
        public let routes: Int
        public let dropped: Int
    }

    public struct Policy: Decodable, Sendable {
        public let name: String
        public let kind: String
        public let calls: Int
        public let errors: Int
        public let timeouts: Int
        public let fallbacks: Int
        public let lastError: String
    }

    public struct Timer: Decodable, Sendable {
        public let name: String
        public let place: String
        public let runs: Int
        public let errors: Int
        public let lastError: String
    }

    public struct Callback: Decodable, Sendable {
        public let name: String
        public let place: String
        public let calls: Int
        public let errors: Int
        public let lastError: String
    }

    public struct ScriptMachine: Decodable, Sendable {
        public let name: String
        public let memoryBytes: Int
        public let memoryBytesMax: Int
    }

    /// A client or a name that is blocked for a while.
    public struct Block: Decodable, Sendable {
        public let subject: String
        public let kind: String
        public let action: String
        public let reason: String
        public let warning: Bool
        public let secondsLeft: Int
        public let queries: Int
    }

    /// What `pharos drain` took out of service.
    public struct Drain: Decodable, Sendable {
        public let target: String
        public let phase: String
        public let reason: String
        public let by: String
    }

    /// What `pharos force` said.
    public struct Forced: Decodable, Sendable {
        public let target: String
        public let verdict: String
        public let until: String
        public let reason: String
        public let by: String
    }

    public let drained: Bool
    public let drains: [Drain]
    public let forced: [Forced]
    public let stateFault: String
    public let generation: Int
    public let ready: Bool
    public let lastReload: LastReload
    public let servers: [Server]
    public let checks: [Check]
    public let neighbors: [Neighbor]
    public let routes: [Route]
    public let helpers: [Helper]
    public let policies: [Policy]
    public let timers: [Timer]
    public let callbacks: [Callback]
    public let scripts: [ScriptMachine]
    public let workers: [Worker]
    public let blocks: [Block]
    public let blockCount: Int
    public let counters: [String: Int]

    public func block(_ subject: String) -> Block? { blocks.first { $0.subject == subject } }
    public func server(_ name: String) -> Server? { servers.first { $0.name == name } }
    public func check(_ name: String) -> Check? { checks.first { $0.name == name } }
    public func policy(_ name: String) -> Policy? { policies.first { $0.name == name } }
    public func timer(_ name: String) -> Timer? { timers.first { $0.name == name } }
    public func route(_ prefix: String) -> Route? { routes.first { $0.prefix == prefix } }
}
