// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// Turns what the TLS library says into an operator's words.
enum TLSFault {
    /// `nil` when the error is none of TLS.
    static func fault(of error: any Error) -> ProbeError.Fault? {
        switch error {
        case NIOSSLError.uncleanShutdown: return .closed
        case NIOSSLError.handshakeFailed(let cause):
            // The library tells this end by its text alone.
            return "\(cause)".range(of: "EOF during handshake") == nil
                ? .tls(words(cause)) : .closed
        case let error as BoringSSLError: return .tls(words(error))
        case let error as NIOSSLExtraError:
            return .tls(
                error == .failedToValidateHostname
                    ? "the certificate is for another name" : readable("\(error)"))
        case NIOSSLError.unableToValidateCertificate: return .tls("the certificate is not valid")
        case NIOSSLError.noCertificateToValidate: return .tls("no certificate was shown")
        case let error as NIOSSLError: return .tls(readable("\(error)"))
        default: return nil
        }
    }

    /// The library's reason, `CERTIFICATE_VERIFY_FAILED`, is between other things in its text.
    private static func words(_ error: BoringSSLError) -> String {
        let text = "\(error)"
        guard let mark = text.range(of: "OPENSSL_internal:") else {
            return error == .syscallError ? "the connection ended in the handshake" : readable(text)
        }
        let reason = text[mark.upperBound...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        switch reason {
        case "CERTIFICATE_VERIFY_FAILED": return "the certificate is not trusted"
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": return "the other side does not speak TLS"
        default:
            return String(reason.map { $0 == "_" ? " " : Character($0.lowercased()) })
        }
    }

    private static func readable(_ text: String) -> String {
        String(text.prefix(200).map { $0.isNewline ? " " : $0 })
    }
}

extension String {
    /// The standard library has this in Foundation only.
    fileprivate func range(of part: String) -> Range<Index>? {
        let wanted = Array(part.utf8)
        let own = Array(utf8)
        guard own.count >= wanted.count else { return nil }
        for start in 0...(own.count - wanted.count)
        where own[start..<start + wanted.count].elementsEqual(wanted) {
            let lower = utf8.index(utf8.startIndex, offsetBy: start)
            return lower..<utf8.index(lower, offsetBy: wanted.count)
        }
        return nil
    }
}
