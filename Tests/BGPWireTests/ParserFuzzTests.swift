// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

/// Would catch bytes that crash a parser: the fixtures, bent at random.
struct ParserFuzzTests {
    private func bend(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[position] = .random(in: 0...255, using: &generator)
            case 1: bytes[position] = [0, 1, 255].randomElement(using: &generator) ?? 0
            case 2: bytes.remove(at: position)
            default: bytes.insert(.random(in: 0...255, using: &generator), at: position)
            }
        }
        return bytes
    }

    @Test func bentMessagesAreReadOrRefused() {
        var generator = SeededGenerator.announced()
        let corpus = Fixture.all
        var read = 0
        var refused = 0
        for _ in 0..<40_000 {
            guard let fixture = corpus.randomElement(using: &generator),
                let type = MessageType(rawValue: fixture.bytes[18])
            else { continue }
            let body = bend(Array(fixture.bytes.dropFirst(19)), &generator)
            do throws(BGPWireError) {
                let message = try BGPMessage(
                    MessageFramer.Frame(type: type, body: body),
                    context: UpdateContext(
                        isFourOctetAS: .random(using: &generator),
                        isInternal: .random(using: &generator)))
                if case .update(let update) = message, update.isTreatedAsWithdraw {
                    #expect(update.announced.isEmpty)
                }
                read += message.description.isEmpty ? 0 : 1
            } catch {
                refused += error.notification.code > 0 ? 1 : 0
            }
        }
        // Both outcomes must be common, or the bending bends nothing.
        #expect(read > 1000 && refused > 1000, "\(read) read, \(refused) refused")
    }

    @Test func aBentStreamNeverStallsTheFramer() {
        var generator = SeededGenerator.announced()
        for _ in 0..<500 {
            var framer = MessageFramer()
            framer.append(bend(Fixture.all.flatMap(\.bytes), &generator))
            var count = 0
            while let frame = try? framer.next() {
                count += 1
                #expect(frame.body.count <= 4096)
            }
            #expect(count < 1000)
        }
    }
}
