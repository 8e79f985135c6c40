// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// What `exabgp healthcheck` is told, by its arguments or its file, with its own defaults.
///
/// A section of healthcheck.pl's INI becomes the same value.
public struct HealthcheckOptions: Hashable, Sendable {
    public enum Dialect: String, Hashable, Sendable {
        /// ExaBGP's own application.
        case exabgp
        /// healthcheck.pl, whose file has sections.
        case perl
    }

    /// An address with the interface it is to be put on (`--ip-ifname`).
    public struct Address: Hashable, Sendable {
        public var prefix: IPPrefix
        public var interface: String?
    }

    public var dialect = Dialect.exabgp
    public var name: String?
    public var location: SourceLocation

    /// Seconds; 0 announces once and ends.
    public var interval = 5.0
    /// Seconds while rising or falling.
    public var fastInterval = 1.0
    /// Seconds.
    public var timeout = 5.0
    public var rise = 3
    public var fall = 3
    public var disableFile: String?
    /// For the shell; `nil` is always up.
    public var command: String?

    public var nextHop = NextHop.`self`
    public var addresses: [Address] = []
    public var deaggregates = false
    /// Puts the addresses on the loopback interface itself.
    public var setsUpAddresses = true
    public var setsUpDynamically = false
    public var label: String?
    public var labelIsExact = false
    /// Rotates the list of addresses.
    public var startAddress = 0
    public var upMetric: UInt32 = 100
    public var downMetric: UInt32 = 1_000
    public var disabledMetric: UInt32 = 500
    /// Added for each further address.
    public var increase: UInt32 = 1
    public var localPreference: UInt32?
    public var communities: [Community] = []
    public var largeCommunities: [LargeCommunity] = []
    public var extendedCommunities: [UInt64] = []
    /// Instead of ``communities`` while down and while disabled.
    public var disabledCommunities: [Community] = []
    public var asPath: [UInt32]?
    public var upASPath: [UInt32]?
    public var downASPath: [UInt32]?
    public var disabledASPath: [UInt32]?
    public var withdrawsOnDown = false
    public var pathIdentifier: UInt32?
    /// Empty is all of them (`*`).
    public var neighbors: [IPAddress] = []
    public var debounces = false

    /// Shell commands at every change of state.
    public var execute: [String] = []
    public var upExecute: [String] = []
    public var downExecute: [String] = []
    public var disabledExecute: [String] = []

    public var acknowledges = true
    /// What was given and matters to ExaBGP's process alone (`--user`, `--syslog-facility`, …).
    public var processOptions: [String] = []

    public init(location: SourceLocation) {
        self.location = location
    }
}
