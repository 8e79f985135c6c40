// SPDX-License-Identifier: Apache-2.0

/// The capabilities that a neighbour is offered (`capability { … }`), with ExaBGP's defaults.
public struct ExaBGPCapabilities: Hashable, Sendable {
    public enum AddPath: String, Hashable, Sendable {
        case receive, send
        case both = "send/receive"
    }

    /// Four-octet AS numbers.
    public var asn4 = true
    public var routeRefresh = false
    /// Seconds; `nil` is off. `graceful-restart;` alone is the hold time.
    public var gracefulRestartSeconds: Int?
    public var addPath: AddPath?
    /// RFC 8950; on as soon as there is a `nexthop` block.
    public var nextHop = false
    public var extendedMessage = true
    public var multiSession = false
    public var operational = false
    public var aigp = false
    public var softwareVersion = false
    public var linkLocalNextHop = false

    init() {}
}
