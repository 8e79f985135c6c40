// SPDX-License-Identifier: Apache-2.0

/// An error in an attribute that does not cost the session (RFC 7606).
public struct AttributeFault: Hashable, Sendable {
    public enum Consequence: Hashable, Sendable {
        /// The UPDATE's routes count as withdrawn.
        case treatAsWithdraw
        /// The attribute is dropped, the routes stay.
        case attributeDiscard
    }

    public let type: UInt8
    public let consequence: Consequence
    public let detail: String

    init(_ type: UInt8, _ consequence: Consequence, _ detail: String) {
        self.type = type
        self.consequence = consequence
        self.detail = detail
    }
}

extension AttributeFault: CustomStringConvertible {
    public var description: String {
        let end = consequence == .treatAsWithdraw ? "treat as withdraw" : "discarded"
        return "\(AttributeType.name(of: type)): \(detail), \(end)"
    }
}
