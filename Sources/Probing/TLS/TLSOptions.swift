// SPDX-License-Identifier: Apache-2.0

/// How a check's connection is secured.
public struct TLSOptions: Hashable, Sendable {
    /// The name that is asked for (SNI) and must be in the certificate; `nil` for the address.
    public var serverName: String?
    /// Whether the certificate must be valid, for the name or address, and from somebody trusted.
    public var verifies = true
    /// A file of certificates in PEM to trust in place of the system's.
    public var authorityFile: String?

    public init(serverName: String? = nil, verifies: Bool = true, authorityFile: String? = nil) {
        self.serverName = serverName
        self.verifies = verifies
        self.authorityFile = authorityFile
    }
}
