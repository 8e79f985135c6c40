// SPDX-License-Identifier: Apache-2.0

/// The AS path of a route (RFC 4271 §4.3), its numbers always four octets wide here.
public struct ASPath: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable {
        case set = 1
        case sequence = 2
        case confederationSequence = 3
        case confederationSet = 4
    }

    public struct Segment: Hashable, Sendable {
        public var kind: Kind
        public var numbers: [UInt32]

        public init(_ kind: Kind, _ numbers: [UInt32]) {
            self.kind = kind
            self.numbers = numbers
        }
    }

    public var segments: [Segment]

    public init(segments: [Segment] = []) {
        self.segments = segments
    }

    /// One sequence, or none at all for an empty list: an empty segment is malformed.
    public init(sequence numbers: [UInt32]) {
        segments = numbers.isEmpty ? [] : [Segment(.sequence, numbers)]
    }

    /// Whether some number needs four octets, and with it AS4_PATH toward an old peer.
    var needsFourOctets: Bool {
        segments.contains { $0.numbers.contains { $0 > 0xffff } }
    }

    public func passes(_ number: UInt32) -> Bool {
        segments.contains { $0.numbers.contains(number) }
    }

    public var hasSets: Bool { segments.contains { $0.kind == .set } }

    var isOfConfederation: Bool {
        segments.contains { $0.kind == .confederationSequence || $0.kind == .confederationSet }
    }

    /// Whose route it is: the last number, `nil` where a set hides it.
    public var origin: UInt32? {
        guard let last = segments.last, last.kind == .sequence else { return nil }
        return last.numbers.last
    }

    /// RFC 7606 §7.2: a segment of unknown type, an empty one, or one that overruns is malformed.
    init?(_ value: ArraySlice<UInt8>, isFourOctetAS: Bool) {
        var reader = ByteReader(value)
        segments = []
        while let type = reader.octet() {
            guard let kind = Kind(rawValue: type), let count = reader.octet(), count > 0 else {
                return nil
            }
            var numbers: [UInt32] = []
            for _ in 0..<count {
                let number = isFourOctetAS ? reader.uint32() : reader.uint16().map(UInt32.init)
                guard let number else { return nil }
                numbers.append(number)
            }
            segments.append(Segment(kind, numbers))
        }
    }

    func encoded(isFourOctetAS: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for segment in segments {
            // A segment counts its numbers in one octet; a longer one is continued in another.
            for start in stride(from: 0, to: segment.numbers.count, by: 255) {
                let part = segment.numbers[start..<min(start + 255, segment.numbers.count)]
                bytes += [segment.kind.rawValue, UInt8(part.count)]
                for number in part {
                    if isFourOctetAS {
                        bytes.append(bigEndian: number)
                    } else {
                        bytes.append(bigEndian: UInt16(exactly: number) ?? OpenMessage.asTrans)
                    }
                }
            }
        }
        return bytes
    }
}

extension ASPath: CustomStringConvertible {
    public var description: String {
        segments.map { segment in
            let numbers = segment.numbers.map(String.init)
            return switch segment.kind {
            case .sequence: numbers.joined(separator: " ")
            case .set: "{\(numbers.joined(separator: ","))}"
            case .confederationSequence: "(\(numbers.joined(separator: " ")))"
            case .confederationSet: "[\(numbers.joined(separator: ","))]"
            }
        }.joined(separator: " ")
    }
}
