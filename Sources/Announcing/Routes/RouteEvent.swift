// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A change of what one neighbour is told.
public struct RouteEvent: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        case announced(RouteAttributes)
        case changed(from: RouteAttributes, to: RouteAttributes)
        case withdrawn
    }

    public let kind: Kind
    public let route: RouteKey
    /// Why, back to the check and its words.
    public let cause: String

    public init(_ kind: Kind, route: RouteKey, cause: String) {
        self.kind = kind
        self.route = route
        self.cause = cause
    }

    public var description: String {
        switch kind {
        case .announced: "announced \(route): \(cause)"
        case .changed: "changed \(route): \(cause)"
        case .withdrawn: "withdrew \(route): \(cause)"
        }
    }
}
