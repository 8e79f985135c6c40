// SPDX-License-Identifier: Apache-2.0

/// An HTTP request to make, over a connection of its own.
public struct HTTPProbe: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `http://…` or `https://…`, without user and password.
    public var url: String
    public var method = "GET"
    public var headers: [Header] = []
    public var body: [UInt8] = []
    /// From the call to the last octet of the answer, redirections included.
    public var timeoutMilliseconds = 500
    /// Of `https`; the name is the URL's.
    public var tls = TLSOptions()
    /// Otherwise a redirection is the answer.
    public var followsRedirects = false

    /// The octets kept of a body. A check looks for a word in a page, and a server that never stops
    /// sending costs no more than this.
    public static let bodyBytesMax = 256 * 1024

    public init(url: String) { self.url = url }

    /// As errors and traces name it.
    public var call: String { "http.get \(url)" }
}
