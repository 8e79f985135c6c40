// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// One thing that is wrong in a text written for ExaBGP: where, what, and what to do.
public struct ExaBGPFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let location: SourceLocation
    /// One line, without the place.
    public let message: String

    init(_ location: SourceLocation, _ message: String) {
        self.location = location
        self.message = message
    }

    /// `/etc/exabgp/exabgp.conf:12: …`
    public var description: String { "\(location): \(message)" }
}

/// Something that is accepted and means less, or something else, than its author may believe.
public struct ExaBGPNote: Hashable, Sendable, CustomStringConvertible {
    public let location: SourceLocation
    public let message: String

    init(_ location: SourceLocation, _ message: String) {
        self.location = location
        self.message = message
    }

    public var description: String { "\(location): \(message)" }
}
