// SPDX-License-Identifier: Apache-2.0

/// Path attributes as they are written, by ascending type: those of types unknown to us slip in
/// where theirs stands.
struct AttributeList {
    private(set) var bytes: [UInt8] = []
    private var raw: ArraySlice<RawAttribute>

    init(raw: [RawAttribute]) {
        self.raw = (raw.count > 1 ? raw.sorted() : raw)[...]
    }

    mutating func append(_ type: AttributeType, _ value: [UInt8]) {
        appendRaw(below: type.rawValue)
        Self.append(flags: type.flags, type: type.rawValue, value, to: &bytes)
    }

    mutating func append(_ type: AttributeType, _ numbers: [some FixedWidthInteger]) {
        var value: [UInt8] = []
        for number in numbers { value.append(bigEndian: number) }
        append(type, value)
    }

    /// Everything, once nothing more comes.
    consuming func finished() -> [UInt8] {
        appendRaw(below: nil)
        return bytes
    }

    private mutating func appendRaw(below limit: UInt8?) {
        while let next = raw.first, limit.map({ next.type < $0 }) ?? true {
            raw.removeFirst()
            let partial = next.isPartial ? AttributeType.partialFlag : 0
            let flags = AttributeType.optionalFlag | AttributeType.transitiveFlag | partial
            Self.append(flags: flags, type: next.type, next.value, to: &bytes)
        }
    }

    static func attribute(_ type: AttributeType, _ value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(flags: type.flags, type: type.rawValue, value, to: &bytes)
        return bytes
    }

    /// Flags, type, a length of one octet or, beyond 255, of two.
    private static func append(
        flags: UInt8, type: UInt8, _ value: [UInt8], to bytes: inout [UInt8]
    ) {
        if value.count > 255 {
            bytes += [flags | AttributeType.extendedLengthFlag, type]
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: value.count))
        } else {
            bytes += [flags, type, UInt8(value.count)]
        }
        bytes += value
    }
}
