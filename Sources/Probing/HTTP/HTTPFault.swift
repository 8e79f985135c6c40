// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Turns what the HTTP client says into a fault.
enum HTTPFault {
    static func fault(of error: any Error) -> ProbeError.Fault {
        if let fault = TLSFault.fault(of: error) { return fault }
        switch error {
        case let error as IOError: return ProbeError(call: "", errorNumber: error.errnoCode).fault
        case let error as NIOConnectionError: return fault(of: error)
        case let error as HTTPClientError: return fault(of: error)
        case HTTPParserError.invalidEOFState: return .closed
        case is HTTPParserError: return .invalid("the answer is not HTTP")
        case is ChannelError: return .reset
        default: return .invalid(String("\(error)".prefix(200).map { $0.isNewline ? " " : $0 }))
        }
    }

    /// A name with several addresses: what the first of them said, or why there is none.
    private static func fault(of error: NIOConnectionError) -> ProbeError.Fault {
        guard let first = error.connectionErrors.first else {
            return .invalid("\(error.host) has no address")
        }
        return fault(of: first.error)
    }

    private static func fault(of error: HTTPClientError) -> ProbeError.Fault {
        switch error {
        case .remoteConnectionClosed: .closed
        case .redirectLimitReached: .invalid("too many redirections")
        case .redirectCycleDetected: .invalid("redirections lead in a circle")
        case .invalidURL, .emptyHost: .invalid("not a usable URL")
        default:
            .invalid(
                error.shortDescription.prefix(1).lowercased()
                    + error.shortDescription.dropFirst())
        }
    }
}
