// SPDX-License-Identifier: Apache-2.0

import Foundation
import FuzzTargets
import Testing

/// Would catch a fault that came back: every input that ever showed one, and one of each kind of
/// message, in a build that checks every index.
@Suite(.serialized) struct CorpusTests {
    static let names = FuzzTarget.all.map(\.name)

    @Test(arguments: names) func everyInputKeepsWhatHolds(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let entries = try Corpus.entries(of: target.corpus)
        #expect(!entries.isEmpty)
        for entry in entries {
            // A trap would say nothing of the file.
            print("fuzz \(name): \(target.corpus)/\(entry.place)")
            do {
                try target.run(entry.bytes)
            } catch {
                Issue.record("\(name), \(target.corpus)/\(entry.place): \(error)")
            }
        }
    }

    @Test func noFolderIsForgotten() throws {
        #expect(try Corpus.folders() == Set(FuzzTarget.all.map(\.corpus)).sorted())
    }

    @Test func aFileThatCannotBeReadIsAnError() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("corpus-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        for text in ["", "# a comment alone\n", "00 1\n", "zz\n"] {
            try text.write(to: file, atomically: true, encoding: .utf8)
            #expect(throws: Corpus.Unreadable.self) { try Corpus.entries(in: file) }
        }
        try "# one\n00 01\n02\n\n\"two\n".write(to: file, atomically: true, encoding: .utf8)
        let read = try Corpus.entries(in: file).map(\.bytes)
        #expect(read == [[0, 1, 2], Array("two".utf8)])
    }

    /// `PHAROS_TEST_SEED` repeats a run.
    @Test(arguments: names) func bentInputsKeepWhatHolds(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let corpus = try Corpus.entries(of: target.corpus).map(\.bytes)
        var mutator = Mutator(SeededGenerator())
        for _ in 0..<2_000 {
            let original = try #require(corpus.randomElement(using: &mutator.generator))
            let bytes = mutator.bend(original, others: corpus)
            do {
                try target.run(bytes)
            } catch {
                let digits = bytes.map { String(format: "%02x", $0) }.joined()
                Issue.record("\(name): \(error)\n\(digits)")
                return
            }
        }
    }
}
