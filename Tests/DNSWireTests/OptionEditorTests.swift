// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DNSWire

/// Would catch a message that an edit breaks, one that changes although it may not, and octets lost.
@Suite struct OptionEditorTests {
    private static let header: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    private static let question: [UInt8] = [1, 97, 0, 0, 1, 0, 1]
    private static let plain = header + question

    /// A query with an OPT that has these options, and what is behind it.
    private static func query(options: [UInt8], behind: [UInt8] = [], records: UInt8 = 1) -> [UInt8]
    {
        var query = plain
        query[11] = records
        return query + [0, 0, 41, 4, 208, 0, 0, 128, 0, 0, UInt8(options.count)] + options + behind
    }

    private func set(
        _ code: UInt16, _ value: [UInt8], in message: [UInt8], room: Int = 64
    ) -> (bytes: [UInt8], change: OptionEditor.Change?) {
        var buffer = message + [UInt8](repeating: 0xee, count: room)
        let change = buffer.withUnsafeMutableBytes { buffer in
            value.withUnsafeBytes {
                OptionEditor.set(
                    code, to: $0, in: buffer, length: message.count, payloadBytes: 512)
            }
        }
        return (Array(buffer[..<(change?.length ?? message.count)]), change)
    }

    private func remove(_ code: UInt16?, from message: [UInt8]) -> [UInt8] {
        var buffer = message
        let length = buffer.withUnsafeMutableBytes {
            if let code {
                OptionEditor.remove(code, from: $0, length: message.count)
            } else {
                OptionEditor.removeOPT(from: $0, length: message.count)
            }
        }
        return Array(buffer[..<length])
    }

    @Test func aMessageWithoutOPTGetsOne() {
        let (bytes, change) = set(8, [0, 1, 24, 0, 192, 0, 2], in: Self.plain)
        var expected = Self.plain + [0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 11]
        expected += [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2]
        expected[11] = 1
        #expect(bytes == expected)
        #expect(change?.addedOPT == true && change?.replaced == false)
        #expect(remove(nil, from: bytes) == Self.plain)
    }

    @Test(arguments: [[], [0, 10, 0, 2, 7, 7]] as [[UInt8]])
    func anOptionJoinsTheOthersAndLeavesThemAgain(others: [UInt8]) {
        let before = Self.query(options: others)
        let (bytes, change) = set(8, [9], in: before)
        #expect(bytes == Self.query(options: others + [0, 8, 0, 1, 9]))
        #expect(change?.addedOPT == false && change?.replaced == false)
        #expect(remove(8, from: bytes) == before)
    }

    @Test(arguments: [[], [1], [1, 2, 3, 4, 5, 6, 7]] as [[UInt8]])
    func anOptionThatIsThereIsReplaced(value: [UInt8]) {
        let before = Self.query(options: [0, 8, 0, 3, 1, 2, 3, 0, 10, 0, 2, 7, 7])
        let (bytes, change) = set(8, value, in: before)
        #expect(
            bytes
                == Self.query(
                    options: [0, 10, 0, 2, 7, 7, 0, 8, 0, UInt8(value.count)] + value))
        #expect(change?.replaced == true)
    }

    /// TSIG behind the OPT, SIG(0) without one, an A record behind it, trailing octets, options that are
    /// cut short, two OPTs.
    @Test(arguments: [
        query(options: [], behind: [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0], records: 2),
        plain.enumerated().map { $0.offset == 11 ? 1 : $0.element }
            + [0, 0, 24, 0, 255, 0, 0, 0, 0, 0, 0],
        query(options: [], behind: [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4], records: 2),
        query(options: [], behind: [0]), plain + [7], query(options: [0, 8, 0, 9, 1]),
        query(options: [], behind: [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0], records: 2),
        Array(plain.dropLast()), Array(plain.prefix(11)),
    ])
    func whatCannotBeEditedStaysAsItIs(message: [UInt8]) {
        let (bytes, change) = set(8, [1, 2], in: message)
        #expect(bytes == message && change == nil)
        #expect(remove(8, from: message) == message)
    }

    @Test(arguments: 0...14)
    func withoutRoomNothingChanges(room: Int) {
        let (bytes, change) = set(8, [1, 2, 3], in: Self.plain, room: room)
        #expect(change == nil && bytes == Self.plain)
        #expect(set(8, [], in: Self.plain, room: 15).change != nil)
    }

    @Test func findsAValue() throws {
        let message = Self.query(options: [0, 10, 0, 2, 7, 7, 0, 8, 0, 3, 1, 2, 3])
        message.withUnsafeBytes { bytes in
            let view = DNSMessageView(bytes)
            #expect(
                view.flatMap { OptionEditor.value(of: 8, in: $0) }.map { Array(bytes[$0]) }
                    == [1, 2, 3])
            #expect(view.flatMap { OptionEditor.value(of: 3, in: $0) } == nil)
        }
    }

    /// Symptom: the second of two subnets of a client was told to the server after all.
    @Test func anOptionThatIsThereTwiceIsReplacedAndRemovedTwice() {
        let twice = Self.query(options: [0, 8, 0, 1, 7, 0, 10, 0, 1, 5, 0, 8, 0, 2, 7, 7])
        let (bytes, change) = set(8, [9], in: twice)
        #expect(bytes == Self.query(options: [0, 10, 0, 1, 5, 0, 8, 0, 1, 9]))
        #expect(change?.replaced == true && change?.length == bytes.count)
        #expect(remove(8, from: twice) == Self.query(options: [0, 10, 0, 1, 5]))
    }

    /// Symptom: an option was put where nobody looks for it.
    @Test(arguments: [[1, 120, 0], [0xc0, 14]] as [[UInt8]])
    func anOPTWhoseNameIsNotTheRootIsLeftAlone(name: [UInt8]) {
        var message = Self.plain
        message[11] = 1
        message += name + [0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
        let (bytes, change) = set(8, [9], in: message)
        #expect(bytes == message && change == nil)
        #expect(remove(8, from: message) == message)
    }
}
