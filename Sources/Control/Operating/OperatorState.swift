// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import FoundationEssentials

/// What the state file holds: what people said, and what routes remember (DESIGN §4, §5).
struct OperatorState: Codable, Equatable, Sendable {
    static let format = "pharos-state"
    /// A file of a later version is not ours to read.
    static let versionMax = 1
    /// Default 32 MiB: 65,536 routes need 14 MiB. A larger file is not one of ours.
    static let bytesMax = 32 << 20

    struct Route: Codable, Equatable, Sendable {
        var prefix: String
        /// As an address with its port (`[fe80::1%eth0]:179`).
        var neighbor: String
        /// Of a range of neighbours.
        var rangeLength: Int?
        var flaps: Double
        var owesDelay: Bool
        var wasAnnounced: Bool
    }

    var format = Self.format
    var version = Self.versionMax
    /// Seconds since 1970.
    var writtenAt = 0.0
    var processID = 0
    /// Written last on the way down; what lacks it was killed, crashed, or lost its power.
    var endedInOrder = false
    var drains: [OperatorBook.Drain] = []
    var forced: [OperatorBook.Force] = []
    var routes: [Route] = []
}

extension OperatorState {
    /// Below this a route's flaps make no difference.
    private static let flapsMin = 0.01

    init(_ snapshot: StateFile.Snapshot, processID: Int) {
        self.init()
        writtenAt = snapshot.takenAt
        self.processID = processID
        endedInOrder = snapshot.endedInOrder
        drains = snapshot.book.sortedDrains
        forced = snapshot.book.sortedForces
        routes = snapshot.memories.lazy
            .filter { $0.wasAnnounced || $0.owesDelay || $0.flaps > Self.flapsMin }
            .prefix(AnnounceEngine.memoriesMax).map(Route.init)
    }

    var book: OperatorBook { OperatorBook(drains: drains, forces: forced) }

    var memories: [RouteMemory] { routes.compactMap(\.memory) }

    /// How long ago it was written; a clock that went back says now.
    func age(at unixSeconds: Double) -> Duration { .seconds(max(0, unixSeconds - writtenAt)) }
}

extension OperatorState.Route {
    init(_ memory: RouteMemory) {
        prefix = "\(memory.route.prefix)"
        neighbor = "\(memory.route.neighbor.endpoint)"
        rangeLength = memory.route.neighbor.rangeLength
        flaps = memory.flaps
        owesDelay = memory.owesDelay
        wasAnnounced = memory.wasAnnounced
    }

    /// `nil` when it names no route: one line of nonsense does not cost the others.
    var memory: RouteMemory? {
        guard let prefix = IPPrefix(prefix), let endpoint = Endpoint(neighbor, defaultPort: 179)
        else { return nil }
        return RouteMemory(
            route: RouteKey(
                prefix: prefix,
                neighbor: NeighborKey(endpoint: endpoint, rangeLength: rangeLength)),
            flaps: flaps, owesDelay: owesDelay, wasAnnounced: wasAnnounced)
    }
}

extension OperatorState {
    /// Why bytes are no state of ours, in words.
    struct Unreadable: Error {
        let words: String
    }

    static func decode(_ bytes: Data) throws(Unreadable) -> OperatorState {
        struct Head: Decodable {
            var format: String
            var version: Int
        }
        guard let head = try? JSONDecoder().decode(Head.self, from: bytes),
            head.format == format
        else { throw Unreadable(words: "it is damaged, or not a state file of pharos") }
        guard (1...versionMax).contains(head.version) else {
            throw Unreadable(words: "its version is \(head.version), this pharos knows 1")
        }
        do {
            return try JSONDecoder().decode(OperatorState.self, from: bytes)
        } catch {
            throw Unreadable(words: "it is damaged: \(error)")
        }
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes = try encoder.encode(self)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
