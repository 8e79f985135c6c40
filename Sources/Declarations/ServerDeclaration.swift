// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A resolver or nameserver that queries are forwarded to (`newServer`).
public struct ServerDeclaration: Hashable, Sendable {
    /// What keeps a server's history across reloads: its name, else its address; a repeated one
    /// gets `#2`, `#3`, … in order of declaration.
    public var identity: String
    /// Empty when the script gave none.
    public var name: String
    public var address: Endpoint
    /// Lower is preferred; policies see servers sorted by it, stable.
    public var order: Int
    /// At least 1.
    public var weight: Int
    /// Queries a second, 0 for no limit; read by `firstAvailable`.
    public var queriesPerSecondMax: Int
    /// Names of the pools it is in; `""` is the default pool.
    public var pools: [String]
    /// dnsdist's `id`, a UUID; empty when none was given.
    public var uuid: String
    public var source: IPAddress?
    public var sourceInterface: String?
    /// Sockets per worker towards this server (dnsdist's `sockets`).
    public var sockets: Int
    /// It is told of clients' subnets (RFC 7871).
    public var usesClientSubnet = false
    /// Times a TCP query is tried again on a broken connection (dnsdist's `retries`).
    public var tcpRetries: Int
    public var tcpConnectTimeoutMilliseconds: Int
    public var tcpSendTimeoutMilliseconds: Int
    public var tcpReceiveTimeoutMilliseconds: Int
    /// A connection's first query leaves with its SYN (RFC 7413).
    public var usesTCPFastOpen = false
    /// `nil` uses the global `setUDPTimeout`.
    public var udpTimeoutMilliseconds: Int?
    public var healthCheck: ServerHealthCheck
    /// The check that decides instead of the built-in one (`newServer{check = …}`), by name.
    public var check: String?
    /// The check's target whose verdict is this server's, by name; `nil` takes the whole check's.
    public var checkTarget: String?
    public var initialState: ForcedState
    /// `tls` or `dohPath` was asked for, which we do not have: never sent to, and shown so.
    public var needsEncryption = false
    /// `useProxyProtocol` likewise: such a server reads the query's first octets as a PROXY header.
    public var needsProxyProtocol = false
    /// `rmServer` took it away again: it keeps its ordinal, which scripts hold, and nothing else.
    public var isRemoved = false
    public var location: SourceLocation

    public init(identity: String, name: String, address: Endpoint, location: SourceLocation) {
        self.identity = identity
        self.name = name
        self.address = address
        order = 1
        weight = 1
        queriesPerSecondMax = 0
        pools = [""]
        uuid = ""
        sockets = 1
        tcpRetries = 5
        tcpConnectTimeoutMilliseconds = 5_000
        tcpSendTimeoutMilliseconds = 30_000
        tcpReceiveTimeoutMilliseconds = 30_000
        healthCheck = ServerHealthCheck()
        initialState = .auto
        self.location = location
    }

    /// dnsdist's `getNameWithAddr()`.
    public var nameWithAddress: String { name.isEmpty ? "\(address)" : "\(name) (\(address))" }
}

extension ServerDeclaration {
    /// Why no query may ever go there, in words; `nil` for an ordinary server.
    public var bar: String? {
        if isRemoved { return "removed by rmServer" }
        if needsEncryption { return "encryption is not supported yet" }
        return needsProxyProtocol ? "the PROXY protocol is not supported yet" : nil
    }
}

/// What an administrator or a script imposes on a server (`setUp`, `setDown`, `setAuto`).
public enum ForcedState: UInt8, Hashable, Sendable {
    case auto, up, down
    /// Never sent to, whatever is imposed later (``ServerDeclaration/bar``).
    case barred
}

/// dnsdist's own check of a server, with its keys and their defaults (research/dnsdist.md §2.6).
public struct ServerHealthCheck: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable {
        case auto, lazy, up, down
    }

    public var mode = Mode.auto
    /// `checkName`.
    public var queryName = "a.root-servers.net."
    /// `checkType`, a number of the IANA registry.
    public var queryType: UInt16 = 1
    /// `checkClass`.
    public var queryClass: UInt16 = 1
    /// `checkTimeout`.
    public var timeoutMilliseconds = 1_000
    /// `checkInterval` in seconds.
    public var intervalSeconds = 1
    /// `maxCheckFailures`: consecutive failures that mark an up server down.
    public var failuresMax = 1
    /// `rise`: consecutive successes that mark a down server up.
    public var rise = 1
    public var mustResolve = false
    /// `setCD`.
    public var checkingDisabled = false
    /// `checkTCP`.
    public var overTCP = false
    /// `checkFunction`: a script chooses each probe's name, type, class and flags.
    public var queryFunction: FunctionReference?
    /// `lazyHealthCheck…`.
    public var lazy = LazyHealthCheck()

    public init() {}

    /// dnsdist's `getHealthCheckMode()`: how it is checked while nothing is forced.
    public var modeName: String { mode == .lazy ? "lazy" : "active" }
}

/// dnsdist's lazy health checks: a server is only probed when its real answers look bad.
public struct LazyHealthCheck: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable {
        /// Only timeouts count, or failure codes as well.
        case timeoutOnly = "TimeoutOnly"
        case timeoutOrServFail = "TimeoutOrServFail"
    }

    public var mode = Mode.timeoutOrServFail
    public var sampleSize = 100
    public var sampleCountMin = 1
    /// Percent of failures.
    public var threshold = 20
    public var failedIntervalSeconds = 30
    public var usesExponentialBackOff = false
    public var backOffSecondsMax = 3_600

    public init() {}
}
