// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

/// What was answered for each name, and for all names below it (dnsdist's StatNode).
struct SuffixTree {
    struct Statistics {
        var queries = 0
        var noErrors = 0
        var nameErrors = 0
        var serverFailures = 0
        var drops = 0
        var bytes = 0
        var hits = 0

        mutating func add(_ answer: SeenAnswer) {
            queries += 1
            bytes += Int(answer.size)
            if answer.isHit { hits += 1 }
            switch answer.responseCode {
            case nil: drops += 1
            case ResponseCode.noError.rawValue: noErrors += 1
            case ResponseCode.nameError.rawValue: nameErrors += 1
            case ResponseCode.serverFailure.rawValue: serverFailures += 1
            default: break
            }
        }

        mutating func add(_ other: Statistics) {
            queries += other.queries
            noErrors += other.noErrors
            nameErrors += other.nameErrors
            serverFailures += other.serverFailures
            drops += other.drops
            bytes += other.bytes
            hits += other.hits
        }
    }

    struct Node {
        /// In wire form and small letters.
        let name: WireName
        let labels: Int
        fileprivate let parent: Int
        var children = 0
        var own = Statistics()
        /// Its own, and those of all names below it.
        var all = Statistics()
    }

    /// Names at most: a flood of new ones must not hold control up.
    static let nodesMax = 50_000

    private var nodes: [Node] = []
    private var indexes: [WireName: Int] = [:]

    /// Reads what was answered from `start` to `end` of the monotonic clock.
    init(_ traffic: TrafficRings, from start: UInt64, to end: UInt64) {
        traffic.forEachAnswer(from: start, to: end) { answer in
            guard let index = index(of: answer.name.map { CaseFolding.fold($0) }) else { return }
            nodes[index].own.add(answer)
        }
    }

    /// The names without the root, those with more labels first, so that what is below a name is in
    /// its sums.
    func nodesUpwards() -> [Node] {
        var nodes = nodes
        let order = nodes.indices.sorted {
            (nodes[$0].labels, $0) > (nodes[$1].labels, $1)
        }
        for index in order {
            nodes[index].all.add(nodes[index].own)
            let node = nodes[index]
            if node.parent >= 0 { nodes[node.parent].all.add(node.all) }
        }
        return order.map { nodes[$0] }
    }

    /// The node of a name, made with those of its suffixes; `nil` for the root and when there are
    /// too many.
    private mutating func index(of name: WireName) -> Int? {
        if let known = indexes[name] { return known }
        guard name.count > 1, nodes.count < Self.nodesMax else { return nil }
        let parentName = Array(name[(1 + Int(name[0]))...])
        let parent = index(of: parentName)
        guard parent != nil || parentName.count == 1 else { return nil }
        if let parent { nodes[parent].children += 1 }
        nodes.append(
            Node(
                name: name, labels: parent.map { nodes[$0].labels + 1 } ?? 1,
                parent: parent ?? -1))
        indexes[name] = nodes.count - 1
        return nodes.count - 1
    }
}
