// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// A route that a configuration or a command names.
public struct ExaBGPRoute: Hashable, Sendable {
    public var prefix: IPPrefix
    /// RFC 7911.
    public var pathIdentifier: UInt32?
    /// `nil` where none was given, which is an error for an announcement and none for a withdraw.
    public var nextHop: NextHop?
    public var attributes: ExaBGPAttributes
    /// A name of the operator's own; it is not sent.
    public var name: String?
    /// Announced while this watchdog is up.
    public var watchdog: String?
    /// Down from the start: with a watchdog until it is up, without one for ever.
    public var isWithdrawn = false
    public var location: SourceLocation

    init(prefix: IPPrefix, location: SourceLocation) {
        self.prefix = prefix
        self.location = location
        attributes = ExaBGPAttributes()
    }

    public var family: RouteFamily { RouteFamily(of: prefix.address) }
}
