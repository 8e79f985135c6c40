// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Who may read the web server's pages (`webserver`, `setWebserverConfig`).
public struct WebserverAccess: Hashable, Sendable {
    /// dnsdist's default: this host alone.
    public static let defaultACL = ["127.0.0.1/32", "::1/128"].compactMap { IPPrefix($0) }

    public var acl = defaultACL
    /// Of basic authentication, with any user's name; `nil` when none is set. Never printed.
    public var password: String?
    /// Of the header `X-API-Key`; `nil` when none is set. Never printed.
    public var apiKey: String?
    /// `statsRequireAuthentication`: whether the password or the key must be given. Without either
    /// there is nothing to give.
    public var requiresAuthentication = true

    public init() {}

    public func admits(_ address: IPAddress) -> Bool {
        acl.contains { $0.contains(address) }
    }

    /// Whether a credential is dnsdist's hash of one, which we cannot compare with: it opens nothing.
    public static func isHashed(_ credential: String) -> Bool {
        credential.hasPrefix("$scrypt$")
    }
}
