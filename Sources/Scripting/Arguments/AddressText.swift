// SPDX-License-Identifier: Apache-2.0

import Addressing

/// Reads addresses and prefixes with messages an operator can act on.
enum AddressText {
    static func endpoint(
        _ text: String, call: String, name: String, defaultPort: UInt16
    ) throws(ArgumentError) -> Endpoint {
        guard let endpoint = Endpoint(text, defaultPort: defaultPort) else {
            throw ArgumentError(
                "\(call): \(name) '\(text)' is not an address"
                    + " (like 192.0.2.1, 192.0.2.1:\(defaultPort) or [2001:db8::1]:\(defaultPort))")
        }
        return endpoint
    }

    static func address(
        _ text: String, call: String, name: String
    ) throws(ArgumentError) -> IPAddress {
        guard let address = IPAddress(text) else {
            throw ArgumentError(
                "\(call): \(name) '\(text)' is not an address (like 192.0.2.1 or 2001:db8::1)")
        }
        return address
    }

    static func prefix(
        _ text: String, call: String, name: String
    ) throws(ArgumentError) -> IPPrefix {
        guard let prefix = IPPrefix(text) else {
            throw ArgumentError(
                "\(call): \(name) '\(text)' is not a prefix (like 192.0.2.0/24 or 2001:db8::/32)")
        }
        return prefix
    }
}
