// SPDX-License-Identifier: Apache-2.0

/// An error in an attribute that does not cost the session (RFC 7606).
public struct AttributeFault: Hashable, Sendable {
    public enum Consequence: Hashable, Sendable {
        /// The UPDATE's routes count as withdrawn.
        case treatAsWithdraw
        /// The attribute is dropped, the routes stay.
        case attributeDiscard
        /// Which prefixes it speaks of cannot be told: its family's routes of this session count
        /// for nothing from here on (RFC 7606 §2 "AFI/SAFI disable", RFC 4760 §7).
        case familyDisable
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
        let end =
            switch consequence {
            case .treatAsWithdraw: "treat as withdraw"
            case .attributeDiscard: "discarded"
            case .familyDisable: "its family is ignored"
            }
        return "\(cause), \(end)"
    }

    /// The attribute and what is wrong with it. 0 is no attribute's.
    var cause: String { (type == 0 ? "" : "\(AttributeType.name(of: type)): ") + detail }
}
