// SPDX-License-Identifier: Apache-2.0

public import Addressing
import Glibc

/// Why the plane cannot do what it was told to; renders to one line.
public enum PlaneError: Error, Equatable {
    /// Another process has the address.
    case addressInUse(Endpoint)
    /// The kernel refused a listener's socket or an option of it.
    case listener(Endpoint, step: String, errno: Int32)
    case noSuchInterface(Endpoint, interface: String)
    case repeatedListener(Endpoint)
    case tooManyListeners(Int, max: Int)
    /// Something that every worker needs.
    case resources(String, errno: Int32)
    case stopped
}

extension PlaneError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .addressInUse(let endpoint):
            "listen on \(endpoint): the address is in use by another process"
        case .listener(let endpoint, let step, let code):
            "listen on \(endpoint): \(step): \(String(cString: strerror(code)))"
        case .noSuchInterface(let endpoint, let interface):
            "listen on \(endpoint): there is no interface \(interface)"
        case .repeatedListener(let endpoint):
            "listen on \(endpoint): declared twice"
        case .tooManyListeners(let count, let max):
            "\(count) listeners, at most \(max) are possible"
        case .resources(let what, let code):
            "plane: \(what): \(String(cString: strerror(code)))"
        case .stopped:
            "plane: stopped already"
        }
    }
}
