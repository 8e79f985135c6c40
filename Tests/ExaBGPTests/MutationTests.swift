// SPDX-License-Identifier: Apache-2.0

import Declarations
import ExaBGP
import Testing

/// Fixtures with bytes changed, taken out, doubled and mixed. Would catch a parser that traps.
struct MutationTests {
    /// Texts tried; about two seconds in a debug build.
    private static let rounds = 6_000

    @Test func aChangedConfigurationIsReadOrRefusedWithALineThatIsThere() throws {
        var generator = SeededGenerator()
        let texts = try Fixture.configurations.map { Array(try $0.text(".conf").utf8) }
        let scraps = Array("{};[](),\"'\\#\n /:.0x9af".utf8)
        var accepted = 0
        for _ in 0..<Self.rounds {
            var bytes = texts.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                mutate(&bytes, texts, scraps, &generator)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let lines = text.utf8.count(where: { $0 == 10 }) + 1
            do throws(ExaBGPRefusal) {
                _ = try ExaBGPConfiguration(text, file: "f")
                accepted += 1
            } catch {
                #expect(!error.faults.isEmpty)
                for fault in error.faults {
                    #expect((1...lines).contains(fault.location.line))
                }
            }
        }
        // Most single bytes of a description or a number may change; none of this is a mere error.
        #expect(accepted > 0 && accepted < Self.rounds)
    }

    @Test func aChangedCommandIsReadOrRefused() {
        var generator = SeededGenerator()
        let texts = [
            "announce route 192.0.2.53/32 next-hop self med 100 community [65000:1 65001:2]",
            "neighbor 192.0.2.1 local-as 65000, neighbor * withdraw route 2001:db8::53",
            "announce attributes next-hop 192.0.2.1 as-path [ 1 ( 2 3 ) ] nlri 192.0.2.1 192.0.2.2",
            "announce watchdog dns", "show adj-rib out extensive",
            "withdraw ipv4 unicast 192.0.2.1",
        ].map { Array($0.utf8) }
        let scraps = Array("{};[](),\"'\\#\t /:.0x9af*".utf8)
        var accepted = 0
        for _ in 0..<Self.rounds {
            var bytes = texts.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                mutate(&bytes, texts, scraps, &generator)
            }
            do throws(ExaBGPFault) {
                let text = String(decoding: bytes, as: UTF8.self)
                if try HelperLineReader.read(text, helper: "h", number: 3) != nil { accepted += 1 }
            } catch {
                #expect(error.location.file == "h")
            }
        }
        #expect(accepted > 0 && accepted < Self.rounds)
    }

    private func mutate(
        _ bytes: inout [UInt8], _ texts: [[UInt8]], _ scraps: [UInt8],
        _ generator: inout SeededGenerator
    ) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...40, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.insert(scraps.randomElement(using: &generator) ?? 0, at: place)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3 where place < bytes.count:
            bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 4:
            let other = texts.randomElement(using: &generator) ?? []
            let start = Int.random(in: 0...other.count, using: &generator)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 60)], at: place)
        default:
            for index in place..<end where (0x30...0x39).contains(bytes[index]) {
                bytes[index] = 0x39
            }
        }
    }
}
