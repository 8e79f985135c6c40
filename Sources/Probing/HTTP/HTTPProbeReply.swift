// SPDX-License-Identifier: Apache-2.0

/// The answer to an ``HTTPProbe``, whatever its status.
public struct HTTPProbeReply: Hashable, Sendable {
    public var status: Int
    /// In the order they came, as they were written.
    public var headers: [HTTPProbe.Header]
    /// At most ``HTTPProbe/bodyBytesMax`` octets.
    public var body: [UInt8]
    /// Whether there was more of the body.
    public var bodyWasCut: Bool
    public var seconds: Double

    public init(
        status: Int, headers: [HTTPProbe.Header] = [], body: [UInt8] = [],
        bodyWasCut: Bool = false, seconds: Double = 0
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.bodyWasCut = bodyWasCut
        self.seconds = seconds
    }

    /// `200, 1256 bytes`.
    public var summary: String {
        "\(status), \(body.count) bytes" + (bodyWasCut ? " and more" : "")
    }
}
