// SPDX-License-Identifier: Apache-2.0

/// A fully qualified domain name, kept in wire form and in its writer's case.
///
/// Names compare, hash and sort without ASCII case (RFC 4343).
public struct DNSName: Sendable {
    /// The longest name in wire form, and the longest label (RFC 1035 §2.3.4).
    public static let wireBytesMax = 255
    public static let labelBytesMax = 63

    /// Uncompressed, with the root's zero octet.
    public let wire: [UInt8]

    public static let root = DNSName(checkedWire: [0])

    /// `wire` is well formed by its construction.
    init(checkedWire wire: [UInt8]) { self.wire = wire }

    /// Takes an uncompressed name; `nil` when it is malformed or something follows it.
    public init?(wire: some Sequence<UInt8>) {
        let wire = Array(wire)
        var offset = 0
        while offset < wire.count, wire[offset] != 0 {
            guard wire[offset] <= Self.labelBytesMax else { return nil }
            offset += 1 + Int(wire[offset])
        }
        guard offset == wire.count - 1, wire.count <= Self.wireBytesMax else { return nil }
        self.wire = wire
    }

    /// Parses presentation form with the escapes `\X` and `\DDD` (RFC 1035 §5.1). The final dot
    /// may be missing; `.` and the empty text are the root.
    public init(_ text: some StringProtocol) throws(DNSNameError) {
        let octets = Array(text.utf8)
        var wire: [UInt8] = []
        var label: [UInt8] = []
        var index = 0
        func close() throws(DNSNameError) {
            guard !label.isEmpty else { throw .emptyLabel(String(text)) }
            guard label.count <= Self.labelBytesMax else { throw .labelTooLong(String(text)) }
            wire.append(UInt8(label.count))
            wire += label
            label.removeAll(keepingCapacity: true)
        }
        while index < octets.count, octets != [UInt8(ascii: ".")] {
            switch octets[index] {
            case UInt8(ascii: "."):
                try close()
                index += 1
            case UInt8(ascii: "\\"):
                guard let (octet, length) = Self.unescape(octets[(index + 1)...]) else {
                    throw .badEscape(String(text))
                }
                label.append(octet)
                index += 1 + length
            default:
                label.append(octets[index])
                index += 1
            }
        }
        if !label.isEmpty { try close() }
        wire.append(0)
        guard wire.count <= Self.wireBytesMax else { throw .nameTooLong(String(text)) }
        self.wire = wire
    }

    /// What follows a backslash: three digits, or one octet that is no digit.
    private static func unescape(_ rest: ArraySlice<UInt8>) -> (octet: UInt8, length: Int)? {
        func digit(_ octet: UInt8) -> Int? { (48...57).contains(octet) ? Int(octet) - 48 : nil }
        guard let first = rest.first else { return nil }
        guard digit(first) != nil else { return (first, 1) }
        let digits = rest.prefix(3).compactMap(digit)
        guard digits.count == 3 else { return nil }
        return UInt8(exactly: digits.reduce(0) { $0 * 10 + $1 }).map { ($0, 3) }
    }

    public var isRoot: Bool { wire.count == 1 }

    /// The labels from the left, without the root's empty one.
    public var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var offset = 0
        while wire[offset] != 0 {
            let end = offset + 1 + Int(wire[offset])
            labels.append(wire[offset + 1..<end])
            offset = end
        }
        return labels
    }

    public var labelCount: Int {
        var count = 0
        var offset = 0
        while wire[offset] != 0 {
            offset += 1 + Int(wire[offset])
            count += 1
        }
        return count
    }

    /// The name without its first label; `nil` for the root.
    public var parent: DNSName? {
        isRoot ? nil : DNSName(checkedWire: Array(wire[(1 + Int(wire[0]))...]))
    }

    /// Whether this is `zone` or below it. Everything is part of the root.
    public func isPartOf(_ zone: DNSName) -> Bool {
        let extra = wire.count - zone.wire.count
        guard extra >= 0 else { return false }
        var offset = 0
        while offset < extra { offset += 1 + Int(wire[offset]) }
        guard offset == extra else { return false }
        return wire.withUnsafeBytes { mine in
            zone.wire.withUnsafeBytes { theirs in
                CaseFolding.areEqual(
                    UnsafeRawBufferPointer(rebasing: mine[extra...]), theirs)
            }
        }
    }

    /// dnsdist's hash of a name (Jenkins 1996), without case.
    public func hash(seed: UInt32) -> UInt32 {
        wire.withUnsafeBytes { CaseFolding.hash($0, seed: seed) }
    }
}

extension DNSName: Hashable {
    public static func == (left: DNSName, right: DNSName) -> Bool {
        left.wire.withUnsafeBytes { one in
            right.wire.withUnsafeBytes { two in CaseFolding.areEqual(one, two) }
        }
    }

    public func hash(into hasher: inout Hasher) {
        for octet in wire { hasher.combine(CaseFolding.fold(octet)) }
    }
}

extension DNSName: Comparable {
    /// DNSSEC's canonical order (RFC 4034 §6.1): by labels from the right, folded octets.
    public static func < (left: DNSName, right: DNSName) -> Bool {
        let one = left.labels.reversed()
        let two = right.labels.reversed()
        for (first, second) in zip(one, two) {
            let foldedFirst = first.map { CaseFolding.fold($0) }
            let foldedSecond = second.map { CaseFolding.fold($0) }
            if foldedFirst != foldedSecond {
                return foldedFirst.lexicographicallyPrecedes(foldedSecond)
            }
        }
        return one.count < two.count
    }
}

extension DNSName: CustomStringConvertible {
    /// Presentation form with the final dot; what is no printable ASCII is `\DDD`.
    public var description: String {
        guard !isRoot else { return "." }
        return labels.map { PresentationText.escaped($0, special: ".\\\"();@$") + "." }.joined()
    }
}
