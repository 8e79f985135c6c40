// SPDX-License-Identifier: Apache-2.0

import Declarations
import Foundation
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a name of the dialect that is gone or that no test shows, a test that is gone, and a
/// function of dnsdist's that came without one.
///
/// `Fixtures/dialect/coverage.txt` lists every name of tiers 1 and 2 (research/dialects.md §3), and
/// dnsdist's other functions that work here, with the tests that show what each does. Somebody has
/// read that they do; what can be checked is that they are there and speak of the name.
@Suite struct DialectCoverageTests {
    struct Line: Sendable {
        let tier: Int
        let name: String
        /// `Scripting.DialectTests.switchesAreRead`: target, suite, function.
        let tests: [String]
    }

    private static let lines: [Line] = {
        let path = Fixture.folder + "/Fixtures/dialect/coverage.txt"
        let text = String(decoding: Fixture.bytes(of: path), as: UTF8.self)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let halves = line.split(separator: ":", maxSplits: 1)
            let words = halves[0].split(separator: " ")
            return Line(
                tier: Int(words[0]) ?? 0, name: String(words[1]),
                tests: halves.count < 2 ? [] : halves[1].split(separator: " ").map(String.init))
        }
    }()

    @Test func theTiersAreWhole() {
        // As many as the research counts, each once. A name may be added; none is dropped.
        #expect(Self.lines.count { $0.tier == 1 } >= 121)
        #expect(Self.lines.count { $0.tier == 2 } >= 137)
        #expect(Set(Self.lines.map(\.name)).count == Self.lines.count)
        #expect(Self.lines.filter { $0.tests.isEmpty || !(1...3).contains($0.tier) }.isEmpty)
    }

    @Test func everyNameIsKnownToTheRuntime() throws {
        var known = try ReachableNames.all()
        known.formUnion(Reference.entries.map(\.name))
        known.formUnion(AcceptedNames.withoutEffect.map(\.name))
        // Constants and Lua's own are asked of a configuration.
        let rest = Self.lines.map(\.name).filter { !known.contains($0) && !isFree($0) }
        for name in rest {
            #expect(Fixture.refusal("assert(\(name) ~= nil)") == "", "\(name)")
        }
        #expect(rest.count < 80)
    }

    /// What a file defines itself, and keys that are read from no list: those of listeners that are
    /// not opened are accepted whatever they are.
    private func isFree(_ name: String) -> Bool {
        name == "maintenance"
            || ["addTLSLocal.", "addDOHLocal.", "addDOQLocal."].contains { name.hasPrefix($0) }
    }

    @Test func dnsdistsFunctionsThatWorkAreListed() {
        let listed = Set(Self.lines.map(\.name))
        let works = DnsdistNames.functions.filter {
            if case .works = DnsdistStatus(of: $0) { true } else { false }
        }
        #expect(
            works.subtracting(listed).sorted() == [],
            "write a test of what they do and name it in Fixtures/dialect/coverage.txt")
    }

    @Test func everyTestIsThereAndSpeaksOfTheName() throws {
        let sources = try Self.sources()
        for line in Self.lines {
            let word = String(line.name.split(separator: ".").last ?? "")
            var isSpokenOf = false
            for test in line.tests {
                let parts = test.split(separator: ".").map(String.init)
                let source = parts.count == 3 ? sources["\(parts[0])Tests/\(parts[1])"] : nil
                guard let source, source.contains("func \(parts[2])(") else {
                    Issue.record("\(line.name): there is no test \(test)")
                    continue
                }
                isSpokenOf = isSpokenOf || source.contains(word)
            }
            #expect(isSpokenOf, "\(line.name): none of its tests' files has the word")
        }
    }

    /// The text of each suite's file, by target and suite.
    private static func sources() throws -> [String: String] {
        let folder = URL(filePath: Fixture.repository + "/Tests")
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var sources: [String: String] = [:]
        for case let file as URL in files where file.pathExtension == "swift" {
            let parts = file.path().dropFirst(folder.path().count).split(separator: "/")
            guard let target = parts.first else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            sources["\(target)/\(file.deletingPathExtension().lastPathComponent)"] = text
        }
        return sources
    }
}
