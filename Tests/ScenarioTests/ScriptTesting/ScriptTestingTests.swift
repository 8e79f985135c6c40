// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: `pharos test` that passes whatever a plugin does, that says nothing of what
    /// failed, or whose exit status a CI job could not rely on.
    struct ScriptTestingTests {
        private static let repository =
            #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

        /// A mistake that somebody could make in a shipped policy, as text for text.
        struct Mistake: CustomTestStringConvertible, Sendable {
            let policy: String
            let right: String
            let wrong: String

            var testDescription: String { "\(policy): '\(wrong)' for '\(right)'" }
        }

        static let mistakes = ["orderedwrandom", "orderedLeastOutstanding"].flatMap { name in
            [
                ("server:isUp()", "server.upStatus"), ("order <= lowest", "order >= lowest"),
                ("if order ~= lowest then lowest, size = order, 0 end", "lowest = order"),
                ("for i = #tier, size + 1, -1 do tier[i] = nil end", ""),
                ("return tier[1]", "return servers[1]"),
                (".policy(tier, dq)", ".policy(servers, dq)"),
                ("server.order", "server.ordre"),
            ].map { Mistake(policy: name, right: $0.0, wrong: $0.1) }
        }

        @Test func theShippedPluginsPass() async throws {
            let run = try await Self.test("\(Self.repository)/Policies")
            #expect(run.status == 0, "\(run.output)")
            #expect(run.output.contains("ok   "), "\(run.output)")
            #expect(run.output.contains("all passed"))
        }

        @Test(arguments: mistakes)
        func aPolicyBrokenOnPurposeFails(_ mistake: Mistake) async throws {
            let folder = try ScratchDirectory("policies")
            let source = "\(Self.repository)/Policies/\(mistake.policy)"
            for name in ["\(mistake.policy).lua", "\(mistake.policy).test.lua"] {
                let text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
                let broken = text.replacingOccurrences(of: mistake.right, with: mistake.wrong)
                try #require(name.hasSuffix("test.lua") || broken != text)
                try folder.write(name.hasSuffix("test.lua") ? text : broken, to: name)
            }
            let run = try await Self.test(folder.path)
            #expect(run.status == 1, "\(run.output)")
            #expect(run.output.contains("FAIL "), "\(run.output)")
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
