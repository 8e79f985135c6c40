// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// What the kernel or NIO says about a connection, as an operator says it.
enum ConnectionFailure {
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError:
            return words(errno: error.errnoCode)
        case let error as NIOConnectionError:
            return error.connectionErrors.first.map { words($0.error) } ?? "no address"
        case ChannelError.connectTimeout:
            return "no answer to the connection attempt"
        default:
            return String(describing: error)
        }
    }

    private static func words(errno code: CInt) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let base = text.baseAddress, strerror_r(code, base, text.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: base).lowercased()
        }
    }
}
