// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import CAllocations
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch a peer that is told of states that are over, one that hears of a withdraw behind what
/// it overtakes, and memory that grows with what a peer does not read.
@Suite(.serialized)
struct SlowReaderTests {
    private static let count = 100_000
    /// Every tenth route goes in the end.
    private static let goneCount = count / 10
    /// What the sockets and the speaker's own buffers may hold of a state that is over.
    private static let inFlightMax = 30_000
    private static let setCount: UInt32 = 250

    /// All alike, or with so many sets of attributes that little is packed.
    private func wanted(
        med: UInt32, setCount: UInt32, without: (UInt32) -> Bool = { _ in false }
    ) -> [IPPrefix: WantedRoute] {
        var routes: [IPPrefix: WantedRoute] = [:]
        routes.reserveCapacity(Self.count)
        for number in 0..<UInt32(Self.count) where !without(number) {
            var wanted = attributes(med: med)
            wanted.communities = [Community(rawValue: number % setCount)]
            routes[IPPrefix(host: IPAddress(v4: 0x0a00_0000 | number))] = WantedRoute(
                attributes: wanted)
        }
        return routes
    }

    @Test func whoReadsNothingForAWhileHearsTheLastStateAloneWithdrawsFirst() async throws {
        let peer = try ScriptedPeer()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger)
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: peer.port)),
            localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
        neighbor.holdTimeSeconds = 0
        let key = neighbor.key
        speaker.publish([key: wanted(med: 1, setCount: 1)], leaseSeconds: nil)
        speaker.configure(neighbors: [neighbor])
        try peer.acceptConnection()
        peer.readInPieces()
        _ = try peer.hear()
        try peer.say(OpenMessage.peer(hold: 0).encoded + BGPMessage.keepaliveBytes)
        _ = try peer.hear()
        var table = HeardTable()
        while !table.isComplete, let message = try peer.hear() { table.take(message) }
        #expect(table.meds.count == Self.count)

        // It stops reading; what is wanted goes on changing.
        var bytes: [Int] = []
        for med in UInt32(2)...4 {
            speaker.publish([key: wanted(med: med, setCount: Self.setCount)], leaseSeconds: nil)
            await Self.turn(speaker)
            bytes.append(callocations_bytes())
        }
        // Each state took the place of the one before it.
        let growth = bytes[2] - bytes[0]
        print("a state that nobody reads: \(growth) bytes more than the one before it")
        #expect(growth < Self.count * 40, "\(bytes)")
        let last = IPPrefix(host: .loopbackV4)
        var final = wanted(med: 5, setCount: Self.setCount) { $0.isMultiple(of: 10) }
        speaker.publish([key: final], leaseSeconds: nil)
        await Self.turn(speaker)
        // Behind everything else that is to be said.
        final[last] = WantedRoute(attributes: attributes(med: 6))
        speaker.publish([key: final], leaseSeconds: nil)

        var heard = HeardTable(meds: table.meds)
        while heard.meds[last] == nil, let message = try peer.hear() { heard.take(message) }
        #expect(heard.meds == final.mapValues { $0.attributes.med })
        #expect(heard.announced[3] == nil && heard.announced[4] == nil, "\(heard.announced)")
        #expect(heard.announced[5] == Self.count - Self.goneCount, "each once")
        #expect(heard.announced[2, default: 0] <= Self.inFlightMax, "\(heard.announced)")
        #expect(heard.withdrawn == Self.goneCount && heard.withdrawnLate == 0)
        print("in flight when it stopped: \(heard.announced[2, default: 0]) routes")
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    /// What was posted to the speaker's loop before is done.
    private static func turn(_ speaker: Speaker) async {
        let nobody = NeighborKey(endpoint: Endpoint(address: .anyV4, port: 1))
        _ = await speaker.routes(to: nobody)
    }
}

/// What a peer knows from what it heard.
private struct HeardTable {
    var meds: [IPPrefix: UInt32?] = [:]
    /// Announcements by their MED.
    var announced: [UInt32: Int] = [:]
    var withdrawn = 0
    /// Withdrawn after something of the last state was announced.
    var withdrawnLate = 0
    var isComplete = false

    mutating func take(_ message: BGPMessage) {
        guard case .update(let update) = message else { return }
        for prefix in update.withdrawn {
            withdrawn += meds.removeValue(forKey: prefix) == nil ? 0 : 1
            if announced[5] != nil { withdrawnLate += 1 }
        }
        for prefix in update.announced {
            meds[prefix] = update.attributes.med
            announced[update.attributes.med ?? 0, default: 0] += 1
        }
        if update.endOfRIB != nil { isComplete = true }
    }
}
