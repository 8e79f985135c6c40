// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: `pharos test` that passes whatever a plugin does, that says nothing of what
    /// failed, or whose exit status a CI job could not rely on.
    struct ScriptTestingTests {
        private static let repository =
            #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

        @Test func theShippedPluginsPass() async throws {
            let run = try await Self.test("\(Self.repository)/Policies")
            #expect(run.status == 0, "\(run.output)")
            #expect(run.output.contains("ok   "), "\(run.output)")
            #expect(run.output.contains("all passed"))
        }

        @Test(arguments: PlantedMistake.all)
        func aPluginBrokenOnPurposeFails(_ mistake: PlantedMistake) async throws {
            let folder = try ScratchDirectory("policies")
            let source = "\(Self.repository)/Policies/\(mistake.plugin)"
            var planted = false
            for name in try FileManager.default.contentsOfDirectory(atPath: source)
            where name.hasSuffix(".lua") {
                var text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
                if name == "\(mistake.file).lua" {
                    planted = text.contains(mistake.right)
                    text = text.replacingOccurrences(of: mistake.right, with: mistake.wrong)
                }
                try folder.write(text, to: name)
            }
            try #require(planted, "the text is not that of \(mistake.file).lua any more")
            let run = try await Self.test(folder.path)
            #expect(run.status == 1, "\(run.output)")
            #expect(run.output.contains("FAIL "), "\(run.output)")
        }

        @Test func everyShippedFileHasAMistakePlanted() throws {
            let folder = "\(Self.repository)/Policies"
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
                $0.hasSuffix(".lua") && !$0.hasSuffix(".test.lua")
            }
            let planted = Set(PlantedMistake.all.map { "\($0.plugin)/\($0.file).lua" })
            #expect(Set(files) == planted)
        }

        @Test func aFileThatErrorsIsToldWithItsLineAndTheOthersRun() async throws {
            let folder = try ScratchDirectory("tests")
            try folder.write("test('good', function() expect(1, 1) end)", to: "a.test.lua")
            try folder.write("\nlocal x = nothing.there", to: "b.test.lua")
            try folder.write(
                "test('bad', function()\n    expect(1, 2, 'one')\nend)", to: "c.test.lua")
            let run = try await Self.test(folder.path)
            #expect(run.status == 1)
            #expect(run.output.contains("ok   \(folder.path)/a.test.lua: good"), "\(run.output)")
            #expect(
                run.output.contains("b.test.lua:2: attempt to index a nil value (global 'nothing')")
            )
            #expect(run.output.contains("c.test.lua:2: one: expected 2, got 1"))
            #expect(run.output.contains("3 tests in 3 files: 2 failed"))
            let none = try await Self.test(
                "--filter", "nothing like it", "\(folder.path)/a.test.lua")
            #expect(none.status == 1 && none.output.contains("no test has"), "\(none.output)")
            let absent = try await Self.test("\(folder.path)/absent")
            #expect(absent.status == 1 && absent.output.contains("absent: No such file"))
        }

        private static func test(_ arguments: String...) async throws -> (
            status: Int32, output: String
        ) {
            let child = try ChildProcess(try PharosDaemon.binary(), ["test"] + arguments)
            return (try await child.waitForExit(withinSeconds: 60), child.output)
        }
    }
}
