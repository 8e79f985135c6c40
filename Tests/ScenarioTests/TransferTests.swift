// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a zone transfer that loses, changes or repeats a record on its way, or that ends
    /// before its last message.
    struct TransferTests {
        /// What kdig printed of a transfer: the records, sorted, and `N messages, M records`.
        private struct Transfer: Equatable {
            let records: [Substring]
            let sums: String

            init(_ type: String, port: UInt16) async throws {
                let text = try await Program.output(
                    "kdig",
                    ["@127.0.0.1", "-p", "\(port)", "+tcp", "+time=10", "+retry=0", "test.", type],
                    withinSeconds: 60)
                let lines = text.split(separator: "\n")
                records = lines.filter { !$0.hasPrefix(";") }.sorted()
                let sum = try #require(
                    lines.last { $0.hasPrefix(";; Received ") }, "\(text.suffix(500))")
                sums = sum.split(separator: "(").last.map { String($0.prefix { $0 != ")" }) } ?? ""
            }
        }

        @Test func aZoneOfMegabytesPassesWholeAndSoDoItsChanges() async throws {
            let text = String(repeating: "x", count: 200)
            let knot = try await KnotServer(
                name: "primary", records: (0..<15_000).map { "n\($0) TXT \"\(text)\"" },
                transfers: true)
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "primary"}
                """)

            let full = try await Transfer("AXFR", port: knot.port)
            #expect(full.records.count > 15_000)
            #expect(!full.sums.hasPrefix("1 messages"), "\(full.sums)")
            #expect(try await Transfer("AXFR", port: port) == full)

            try await knot.change { number in "added\(number) 60 A 192.0.2.\(number)" }
            let changes = try await Transfer("IXFR=1", port: knot.port)
            #expect(changes.records.contains { $0.hasPrefix("added9.test.") }, "\(changes)")
            #expect(changes.records.count < 100)
            #expect(try await Transfer("IXFR=1", port: port) == changes)
            // Nothing newer: one SOA.
            let serials = changes.records.compactMap { record -> Int? in
                let words = record.split { $0.isWhitespace }
                guard let type = words.firstIndex(of: "SOA"), words.count > type + 3 else {
                    return nil
                }
                return Int(words[type + 3])
            }
            let serial = try #require(serials.max(), "\(changes.records)")
            let none = try await Transfer("IXFR=\(serial)", port: port)
            #expect(none.records.count == 1, "\(none)")

            // And an ordinary query afterwards, over either transport.
            for overTCP in [false, true] {
                let reply = try await Kdig.query(
                    "added9.test", server: "127.0.0.1", port: port, overTCP: overTCP)
                #expect(reply.data == ["192.0.2.9"], "\(reply)")
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }
    }
}
