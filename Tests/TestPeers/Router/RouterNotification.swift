// SPDX-License-Identifier: Apache-2.0

/// A NOTIFICATION that a router says it received.
public struct RouterNotification: Sendable, Hashable {
    public var code: Int
    public var subcode: Int
    /// The shutdown communication (RFC 9003), where the router shows it.
    public var text: String?

    public init(_ code: Int, _ subcode: Int, _ text: String? = nil) {
        self.code = code
        self.subcode = subcode
        self.text = text
    }
}
