// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

/// Would catch a message lost, doubled or torn where TCP cut the stream.
struct MessageFramerTests {
    private static let stream: [[UInt8]] = Fixture.all.filter {
        !$0.isError && !$0.isExtended
    }.map(\.bytes)

    private func frames(_ framer: inout MessageFramer) throws(BGPWireError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        while let frame = try framer.next() {
            found.append(MessageFramer.frame(frame.type, frame.body))
        }
        return found
    }

    @Test func everyTwoWaySplitGivesTheSameMessages() throws {
        let bytes = Self.stream.flatMap { $0 }
        for cut in 0...bytes.count {
            var framer = MessageFramer()
            framer.append(bytes[..<cut])
            var found = try frames(&framer)
            framer.append(bytes[cut...])
            found += try frames(&framer)
            #expect(found == Self.stream, "cut at \(cut)")
            #expect(framer.bufferedBytes == 0)
        }
    }

    @Test func oneOctetAtATimeGivesTheSameMessages() throws {
        var framer = MessageFramer()
        var found: [[UInt8]] = []
        for octet in Self.stream.joined() {
            framer.append([octet])
            found += try frames(&framer)
        }
        #expect(found == Self.stream)
    }

    @Test func randomSplitsGiveTheSameMessages() throws {
        var generator = SeededGenerator.announced()
        let bytes = (0..<20).flatMap { _ in Self.stream.joined() }
        for _ in 0..<50 {
            var framer = MessageFramer()
            var found: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(700, rest.count), using: &generator)
                framer.append(rest.prefix(count))
                rest = rest.dropFirst(count)
                found += try frames(&framer)
            }
            #expect(found.count == Self.stream.count * 20)
        }
    }

    @Test func fourThousandMessagesInOneReadAreAllFound() throws {
        var framer = MessageFramer()
        framer.append((0..<4096).flatMap { _ in BGPMessage.keepaliveBytes })
        #expect(try frames(&framer).count == 4096)
    }

    @Test func aBadHeaderIsRefusedBeforeItsBodyArrives() {
        var framer = MessageFramer()
        framer.append([UInt8](repeating: 0xff, count: 16) + [0x10, 0x00, 9])
        #expect(throws: BGPWireError.messageType(9)) { try framer.next() }
        // The stream is lost for good.
        framer.append(BGPMessage.keepaliveBytes)
        #expect(throws: BGPWireError.messageType(9)) { try framer.next() }
    }

    @Test func notificationsForHeaderErrorsCarryTheOffendingField() {
        #expect(BGPWireError.messageLength(0x1234).notification.data == [0x12, 0x34])
        #expect(BGPWireError.messageType(9).notification.data == [9])
        #expect(BGPWireError.openVersion(3).notification.data == [0, 4])
    }
}
