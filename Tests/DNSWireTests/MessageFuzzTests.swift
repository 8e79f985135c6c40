// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches a read past the end, a loop without an end, and a view that disagrees with the decoder.
@Suite struct MessageFuzzTests {
    /// Runs everything that reads bytes from the network.
    private func exercise(_ bytes: [UInt8]) {
        let decoded = try? DNSMessage(decoding: bytes)
        if let decoded { _ = "\(decoded)" }
        bytes.withUnsafeBytes { raw in
            guard let view = DNSMessageView(raw) else { return }
            let question = view.question
            if let question {
                #expect(question.endOffset <= raw.count)
                #expect(question.labelCount <= 127)
                #expect(question.isSame(as: question))
                _ = question.nameHash(seed: 1)
                #expect(DNSName(wire: question.name) != nil)
            }
            if let edns = view.edns { #expect(edns.optionsRange.upperBound <= raw.count) }
            if let decoded, let first = decoded.questions.first, let question {
                #expect(first.name.wire == Array(question.name))
                #expect(first.type == question.type)
            }
            var buffer = [UInt8](repeating: 0, count: LocalAnswer.bytesMax)
            let length = buffer.withUnsafeMutableBytes {
                LocalAnswer(.refused, recursionAvailable: true)
                    .write(to: view, question: question, into: $0)
            }
            #expect(length >= 12)
            #expect(throws: Never.self) {
                try DNSMessage(decoding: Array(buffer.prefix(length)))
            }
        }
    }

    @Test func randomBytesAreReadSafely() {
        var generator = SeededGenerator()
        for _ in 0..<3_000 {
            var bytes = generator.bytes(Int.random(in: 0...200, using: &generator))
            // Small counts, or the question is never reached.
            for index in 4..<12 where index < bytes.count && Bool.random(using: &generator) {
                bytes[index] = index % 2 == 0 ? 0 : UInt8.random(in: 0...3, using: &generator)
            }
            exercise(bytes)
        }
    }

    @Test func mutatedMessagesAreReadSafely() {
        var generator = SeededGenerator()
        let corpus = (MessageFixtureTests.messages + MessageFixtureTests.malformed).map(\.bytes)
        for _ in 0..<6_000 {
            guard var bytes = corpus.randomElement(using: &generator), !bytes.isEmpty else {
                return
            }
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.insert(0xc0, at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + 2))
                }
                if bytes.isEmpty { return }
            }
            exercise(bytes)
        }
    }

    @Test func randomNamesSurvivePrinting() throws {
        var generator = SeededGenerator()
        for _ in 0..<1_000 {
            var wire: [UInt8] = []
            while wire.count < 180, Int.random(in: 0..<4, using: &generator) > 0 {
                let length = Int.random(in: 1...20, using: &generator)
                wire += [UInt8(length)] + generator.bytes(length)
            }
            let name = try #require(DNSName(wire: wire + [0]))
            #expect(try DNSName("\(name)").wire == name.wire)
        }
    }
}
