// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// Checks names before they reach the wire, so that the message has the operator's line.
enum DomainNameText {
    static func isValid(_ text: String) -> Bool {
        (try? DNSName(text)) != nil
    }
}
