// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A TCP connection to open.
public struct TCPProbe: Hashable, Sendable {
    public var address: Endpoint
    /// For connecting, and then for each read and write.
    public var timeoutMilliseconds = 500
    public var source: IPAddress?
    /// `nil` for plain TCP.
    public var tls: TLSOptions?

    public init(address: Endpoint) { self.address = address }

    /// As errors and traces name it.
    public var call: String { "tcp.connect \(address)" }
}
