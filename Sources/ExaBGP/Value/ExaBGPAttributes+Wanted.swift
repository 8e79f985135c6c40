// SPDX-License-Identifier: Apache-2.0

import Addressing
public import Declarations

extension ExaBGPAttributes {
    /// What a session is to send of these attributes; ``unsent`` is the rest.
    public func wanted(nextHop: NextHop?) -> RouteAttributes {
        var wanted = RouteAttributes()
        wanted.nextHop = nextHop ?? .`self`
        wanted.origin = origin ?? .igp
        wanted.med = med
        wanted.localPreference = localPreference
        wanted.asPath = asPath.map { segments in
            segments.flatMap { segment -> [ASPathItem] in
                switch segment {
                case .sequence(let numbers): numbers.map { .number($0) }
                case .set(let numbers): [.set(numbers)]
                }
            }
        }
        wanted.isAtomicAggregate = atomicAggregate
        wanted.aggregator = aggregator.flatMap { RouteAggregator("\($0.asn):\($0.address)") }
        // As they are sent: two ways to write one set must not be two sets.
        wanted.communities = Set(communities).sorted()
        wanted.largeCommunities = Set(largeCommunities).sorted()
        wanted.extendedCommunities = Set(extendedCommunities).sorted()
        var types: Set<UInt8> = []
        wanted.otherAttributes =
            unparsed.compactMap { Self.typed($0) }.filter { types.insert($0.type).inserted }
            .sorted()
        return wanted
    }

    /// What of these attributes no session sends, in words.
    public var unsent: [String] {
        var words: [String] = []
        if originatorID != nil { words.append("originator-id") }
        if !clusterList.isEmpty { words.append("cluster-list") }
        if aigp != nil { words.append("aigp") }
        words += unparsed.filter { Self.typed($0) == nil }.map {
            "attribute 0x\(LuaText.hexadecimal(UInt64($0.code), digits: 2))"
        }
        return words
    }

    /// Optional transitive attributes without a name of their own.
    private static func typed(_ unparsed: Unparsed) -> TypedAttribute? {
        guard unparsed.flags & 0xc0 == 0xc0 else { return nil }
        let digits = unparsed.data.map { LuaText.hexadecimal(UInt64($0), digits: 2) }.joined()
        return TypedAttribute("\(unparsed.code):\(digits)")
    }
}
