// SPDX-License-Identifier: Apache-2.0

/// What we say when somebody asks which of several servers answers (`setServerIdentity`).
public struct ServerIdentityDeclaration: Hashable, Sendable {
    /// Octets of each text at most: one character-string (RFC 1035 §3.3).
    public static let textBytesMax = 255

    /// `id.server` in class CH (RFC 4892); `nil` and its siblings are not told.
    public var id: [UInt8]?
    /// `hostname.bind`.
    public var hostname: [UInt8]?
    /// `version.bind`, `version.server`, `version.pdns`.
    public var version: [UInt8]?
    /// The value of the NSID option (RFC 5001).
    public var nsid: [UInt8]?
    /// A name that is not told is asked of a server, instead of refused.
    public var forwardsUntold = false

    public init() {}

    /// Everything but the version is the node's name, or as much of it as fits.
    public init(name: String) {
        let octets = Array(name.utf8.prefix(Self.textBytesMax))
        guard !octets.isEmpty else { return }
        id = octets
        hostname = octets
        nsid = octets
    }
}
