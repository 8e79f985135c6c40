// SPDX-License-Identifier: Apache-2.0

public import DNSWire

/// The answer to a ``DNSProbe``: its identifier and question are right, the rest is as it came.
public struct DNSProbeReply: Hashable, Sendable {
    public enum Transport: String, Hashable, Sendable {
        case udp, tcp
    }

    /// The message in wire form, at least a header.
    public let bytes: [UInt8]
    public let transport: Transport
    /// From the call to the answer, retries included.
    public let seconds: Double
    /// As errors name the call.
    public let call: String

    public init(bytes: [UInt8], transport: Transport, seconds: Double, call: String) {
        self.bytes = bytes
        self.transport = transport
        self.seconds = seconds
        self.call = call
    }

    /// Decodes all of the message; what is malformed fails in the call's name.
    public func decoded() throws(ProbeError) -> DNSMessage {
        do throws(DNSMessageError) {
            return try DNSMessage(decoding: bytes)
        } catch {
            throw ProbeError(call: call, .malformed(error))
        }
    }

    /// `NOERROR, 1 answer`, from the header alone.
    public var summary: String {
        bytes.withUnsafeBytes { bytes in
            guard let view = DNSMessageView(bytes) else { return "no header" }
            let count = view.answerCount
            return "\(view.responseCode.name), \(count) answer\(count == 1 ? "" : "s")"
                + (view.isTruncated ? ", truncated" : "")
        }
    }
}
