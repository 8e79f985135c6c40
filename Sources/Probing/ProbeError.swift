// SPDX-License-Identifier: Apache-2.0

public import DNSWire
import Glibc

/// Why a call could not complete, in the words a check's detail shows:
/// `dns.query 192.0.2.1:53: no answer in 0.5 s`.
public struct ProbeError: Error, Hashable, Sendable {
    /// The call and what it was made on: `dns.query 192.0.2.1:53`.
    public let call: String
    public let fault: Fault

    public enum Fault: Error, Hashable, Sendable {
        /// `ignored` answers came that had another identifier or question.
        case noAnswer(timeoutMilliseconds: Int, tries: Int, ignored: Int)
        case timedOut(milliseconds: Int)
        case refused
        case reset
        /// The peer closed before it said all.
        case closed
        case malformed(DNSMessageError)
        /// The handshake or the certificate, in words.
        case tls(String)
        /// A line or message beyond the bound.
        case tooLong(bytesMax: Int)
        /// No such program.
        case notFound
        case noSuchFile
        case killed(afterMilliseconds: Int)
        /// An argument that no call could be made with.
        case invalid(String)
        /// A system call's error number.
        case system(Int32)
    }

    public init(call: String, _ fault: Fault) {
        self.call = call
        self.fault = fault
    }

    init(call: String, errorNumber: Int32) {
        switch errorNumber {
        case ECONNREFUSED: self.init(call: call, .refused)
        case ECONNRESET, EPIPE: self.init(call: call, .reset)
        default: self.init(call: call, .system(errorNumber))
        }
    }

    /// Whether something said no, rather than nothing at all: what `hardFail = "confirm"` acts on.
    public var isHard: Bool {
        switch fault {
        case .refused, .reset, .notFound, .noSuchFile: true
        case .noAnswer, .timedOut, .closed, .malformed, .tls, .tooLong, .killed, .invalid,
            .system:
            false
        }
    }
}

extension ProbeError: CustomStringConvertible {
    public var description: String { "\(call): \(words)" }

    /// The fault without the call.
    public var words: String {
        switch fault {
        case .noAnswer(let timeout, let tries, let ignored):
            "no answer in \(SecondsText.of(milliseconds: timeout)) s"
                + (tries == 1 ? "" : ", \(tries) tries")
                + (ignored == 0 ? "" : " (\(ignored) with another id or question ignored)")
        case .timedOut(let milliseconds):
            "timed out after \(SecondsText.of(milliseconds: milliseconds)) s"
        case .refused: "connection refused"
        case .reset: "connection reset"
        case .closed: "connection closed"
        case .malformed(let error): "malformed answer: \(error)"
        case .tls(let words): "TLS: \(words)"
        case .tooLong(let bytesMax): "longer than \(bytesMax) octets"
        case .notFound: "not found"
        case .noSuchFile: "no such file"
        case .killed(let milliseconds):
            "killed after \(SecondsText.of(milliseconds: milliseconds)) s"
        case .invalid(let what): what
        case .system(let number): Self.text(of: number)
        }
    }

    /// The C library's text, its first letter small as in our other words.
    private static func text(of number: Int32) -> String {
        let text = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
