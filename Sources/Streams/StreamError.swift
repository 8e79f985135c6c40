// SPDX-License-Identifier: Apache-2.0

public import Addressing
import Glibc

/// Why DNS over TCP cannot be served on an address.
public enum StreamError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A system call failed for a listener; `code` is errno.
    case listener(Endpoint, call: String, code: Int32)
    case stopped

    public var description: String {
        switch self {
        case .listener(let endpoint, let call, let code):
            "TCP \(endpoint): \(call): \(String(cString: strerror(code)))"
        case .stopped:
            "TCP: the server has stopped"
        }
    }
}
