// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches a decoder that reads a field, a section or a type's data wrongly: the fixtures were
/// written by hand and by an encoder of another language.
@Suite struct MessageFixtureTests {
    static let messages = Fixture.all(in: "messages.txt")
    static let malformed = Fixture.all(in: "malformed.txt")

    @Test func fixturesAreFound() {
        #expect(Self.messages.count == 8)
        #expect(Self.malformed.count == 11)
    }

    @Test(arguments: messages)
    func messageReadsAsItsFixtureSays(_ fixture: Fixture) throws {
        #expect("\(try DNSMessage(decoding: fixture.bytes))" == fixture.rendering)
    }

    @Test(arguments: messages)
    func messageSurvivesEncodingAndDecoding(_ fixture: Fixture) throws {
        let message = try DNSMessage(decoding: fixture.bytes)
        #expect(try DNSMessage(decoding: message.encoded) == message)
    }

    @Test(arguments: malformed)
    func malformedMessageSaysWhatAndWhere(_ fixture: Fixture) {
        do throws(DNSMessageError) {
            Issue.record("decoded: \(try DNSMessage(decoding: fixture.bytes))")
        } catch {
            #expect("\(error)" == fixture.rendering)
        }
    }

    @Test(arguments: messages)
    func everyPrefixOfAMessageIsRefused(_ fixture: Fixture) {
        for length in 0..<fixture.bytes.count {
            #expect(throws: DNSMessageError.self) {
                try DNSMessage(decoding: Array(fixture.bytes.prefix(length)))
            }
        }
    }
}
