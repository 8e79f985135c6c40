// SPDX-License-Identifier: Apache-2.0

extension PathAttributes {
    /// The path with what AS4_PATH says of it (RFC 6793 §4.2.3): the numbers that an old speaker
    /// replaced by 23456 are the ones that it did not add itself.
    public var fullASPath: ASPath? {
        guard let asPath, let as4Path, trustsFourOctetAttributes else { return asPath }
        let surplus = asPath.hops - as4Path.hops
        guard surplus >= 0 else { return asPath }
        var segments = asPath.leading(surplus)
        guard let last = segments.last, let next = as4Path.segments.first,
            last.kind == .sequence, next.kind == .sequence
        else { return ASPath(segments: segments + as4Path.segments) }
        segments[segments.count - 1].numbers += next.numbers
        return ASPath(segments: segments + as4Path.segments.dropFirst())
    }

    /// AGGREGATOR with what AS4_AGGREGATOR says of it.
    public var fullAggregator: Aggregator? {
        guard aggregator != nil, let as4Aggregator, trustsFourOctetAttributes else {
            return aggregator
        }
        return as4Aggregator
    }

    /// An old speaker that aggregated anew left what came in AS4_PATH and AS4_AGGREGATOR behind.
    private var trustsFourOctetAttributes: Bool {
        guard let aggregator else { return true }
        return as4Aggregator == nil
            || aggregator.autonomousSystem == UInt32(OpenMessage.asTrans)
    }
}

extension ASPath {
    /// How many systems it passes: a set counts as one, a confederation's as none (RFC 4271
    /// §9.1.2.2, RFC 5065 §5.3).
    public var hops: Int {
        segments.reduce(0) { sum, segment in
            switch segment.kind {
            case .sequence: sum + segment.numbers.count
            case .set: sum + 1
            case .confederationSequence, .confederationSet: sum
            }
        }
    }

    /// Its first `count` hops.
    func leading(_ count: Int) -> [Segment] {
        var left = count
        var found: [Segment] = []
        for segment in segments {
            switch segment.kind {
            case .confederationSequence, .confederationSet:
                found.append(segment)
            case .set:
                guard left > 0 else { return found }
                found.append(segment)
                left -= 1
            case .sequence:
                guard left > 0 else { return found }
                found.append(Segment(.sequence, Array(segment.numbers.prefix(left))))
                left -= min(left, segment.numbers.count)
            }
        }
        return found
    }
}
