// SPDX-License-Identifier: Apache-2.0

/// An attribute of a type that we do not know, as it is on the wire: optional and transitive, so
/// that routers which do not know it either pass it on (RFC 4271 §5).
public struct RawAttribute: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let type: UInt8
    /// Somebody on the way did not know it (the partial bit).
    public let isPartial: Bool
    public let value: [UInt8]

    /// `nil` for a type that has a field of its own, and for 0.
    public init?(type: UInt8, isPartial: Bool = false, value: [UInt8]) {
        guard type != 0, AttributeType(rawValue: type) == nil else { return nil }
        self.type = type
        self.isPartial = isPartial
        self.value = value
    }

    public static func < (left: RawAttribute, right: RawAttribute) -> Bool {
        left.type < right.type
    }

    public var description: String {
        let digits = value.prefix(32).map {
            ($0 < 16 ? "0" : "") + String($0, radix: 16)
        }
        return "attribute \(type) [\(digits.joined())\(value.count > 32 ? "…" : "")]"
    }
}
