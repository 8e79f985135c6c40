// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Asks dnsdist and Pharos the same queries at the same time and compares what their clients get.
struct MixedComparison {
    /// Ports of dnsdist and of Pharos.
    let ports: (theirs: UInt16, ours: UInt16)
    /// Seconds by which TTLs may differ: one between two looks at the same clock; with caches as long
    /// as the run takes, for dnsdist does not keep an answer when another thread has the shard.
    let ttlTolerance: UInt32

    struct Result {
        var equal = 0
        /// Of those, without an answer on both sides.
        var droppedByBoth = 0
        var known: [String: Int] = [:]
        /// With the query's octets, so that it can be asked again.
        var unknown: [String] = []
        var kinds: [String: Int] = [:]
    }

    /// Those that one of them did not answer are asked again, twice, of both: a datagram that the
    /// kernel lost is no difference.
    func run(_ queries: [MixedQuery]) async -> Result {
        var (theirs, ours) = (MixedExchange(port: ports.theirs), MixedExchange(port: ports.ours))
        var replies: [Int: (theirs: MixedExchange.Outcome, ours: MixedExchange.Outcome)] = [:]
        var asked = Array(queries.indices)
        for round in 0..<3 where !asked.isEmpty {
            let indices = asked
            if round == 2 {
                // A connection to the resolver whose first packet its full queue dropped takes
                // seconds (1 + 2), to dnsdist and to Pharos alike.
                (theirs.silenceSeconds, ours.silenceSeconds) = (6, 6)
            }
            async let theirOutcomes = theirs.ask(queries, indices, alone: round > 0)
            async let ourOutcomes = ours.ask(queries, indices, alone: round > 0)
            let (one, two) = await (theirOutcomes, ourOutcomes)
            for index in asked {
                replies[index] = (one[index] ?? .silent, two[index] ?? .silent)
            }
            asked = asked.filter {
                guard let reply = replies[$0] else { return true }
                // What neither answers twice is dropped; what one does is asked with more patience.
                return round == 0
                    ? !reply.theirs.isAnswered || !reply.ours.isAnswered
                    : reply.theirs.isAnswered != reply.ours.isAnswered
            }
        }
        var result = Result()
        for (index, query) in queries.enumerated() {
            guard let reply = replies[index] else { continue }
            judge(query, MixedReply(reply.theirs), MixedReply(reply.ours), &result)
        }
        return result
    }

    private func judge(
        _ query: MixedQuery, _ theirs: MixedReply, _ ours: MixedReply, _ result: inout Result
    ) {
        result.kinds[query.kind, default: 0] += 1
        // Unbound counts down: what is asked of it twice is as far apart as the two askings.
        let isAged = query.kind.hasPrefix("recursive")
        let tolerance = isAged ? max(ttlTolerance, 5) : ttlTolerance
        let differences = ours.differences(from: theirs, ttlTolerance: tolerance)
        if differences.isEmpty {
            result.equal += 1
            if ours.isNothing { result.droppedByBoth += 1 }
        } else if let known = KnownDifference.explaining(query, theirs.answer, ours.answer) {
            result.known[known.name, default: 0] += 1
        } else {
            let octets = query.bytes.map { String(Int($0) | 0x100, radix: 16).dropFirst() }.joined()
            result.unknown.append(
                "\(query.kind) type \(query.type) class \(query.class)"
                    + " \(query.overTCP ? "TCP" : "UDP") \(octets.prefix(400))\n    "
                    + differences.joined(separator: "\n    "))
        }
    }
}
