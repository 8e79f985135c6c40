// SPDX-License-Identifier: Apache-2.0

/// One probe call that has come to its end, as `pharos probe` prints it.
public struct ProbeTrace: Hashable, Sendable, CustomStringConvertible {
    /// `dns.query`, `tcp.connect`, `tcp.read`, `tcp.write`, `exec.run`, `sleep`.
    public let name: String
    /// `192.0.2.1:53 a.root-servers.net. IN A`.
    public let arguments: String
    /// `NOERROR, 1 answer`, or the failure's words without the call.
    public let answer: String
    public let isFailure: Bool
    public let seconds: Double

    public init(
        name: String, arguments: String, answer: String, isFailure: Bool, seconds: Double
    ) {
        self.name = name
        self.arguments = arguments
        self.answer = answer
        self.isFailure = isFailure
        self.seconds = seconds
    }

    /// `dns.query 192.0.2.1:53 a. IN A: NOERROR, 1 answer (0.002 s)`.
    public var description: String {
        let milliseconds = SecondsText.of(milliseconds: Int((seconds * 1_000).rounded()))
        return "\(name)\(arguments.isEmpty ? "" : " \(arguments)"): \(answer) (\(milliseconds) s)"
    }
}
