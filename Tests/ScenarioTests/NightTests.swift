// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a mistake in a check that the operator who is woken by it cannot find with
    /// `status`, `probe` and `validate` alone. What those say is in Docs/writing-checks.md, and is
    /// compared with it here, line by line.
    struct NightTests {
        private static let page =
            #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
            + "/Docs/writing-checks.md"

        private static func configuration(_ port: UInt16, lastLines: String) -> String {
            """
            newCheck{
                name = "resolver", rise = 1, fall = 2, timeout = 0.2,
                run = function(ctx)
                    local reply = dns.query{server = "127.0.0.1:\(port)", name = "night.test"}
                    if not reply.ok then return false, \(lastLines)
                    return true
                end,
            }
            """
        }

        @Test func aTypoIsFoundAndMendedWithTheToolsAlone() async throws {
            let good = try await KnotServer(name: "good", records: ["night A 192.0.2.1"])
            let port = good.port
            let daemon = try await PharosDaemon(
                Self.configuration(port, lastLines: "reply.rcodName end"))
            let file = "\(daemon.folder)/pharos.lua"
            try await daemon.waitUntil("the check up") { $0.check("resolver")?.state == "up" }

            // It is 3 a.m.: the name is gone, and a line runs that never ran before.
            await good.stop()
            let empty = try await KnotServer(name: "empty", port: port)
            try await daemon.waitUntil("the error") { $0.check("resolver")?.state == "error" }

            var transcript: [String] = []
            func type(_ words: String, _ output: String) {
                transcript.append("$ pharos \(words)")
                transcript += output.split(separator: "\n").map(String.init)
            }
            let status = try await daemon.command("status")
            type("status", Self.checkTable(status.output))
            let probe = try await Self.run("probe", "-c", file, "resolver")
            #expect(probe.status == 1, "\(probe.output)")
            type("probe -c pharos.lua resolver", probe.output)

            try daemon.write(Self.configuration(port, lastLines: "reply.rcodeName"))
            let broken = try await Self.run("validate", "-c", file)
            #expect(broken.status == 1, "\(broken.output)")
            type("validate -c pharos.lua", broken.output)

            try daemon.write(Self.configuration(port, lastLines: "reply.rcodeName end"))
            #expect(try await Self.run("validate", "-c", file).status == 0)
            let mended = try await Self.run("probe", "-c", file, "resolver")
            #expect(mended.status == 1, "\(mended.output)")
            type("probe -c pharos.lua resolver", mended.output)
            let reload = try await daemon.command("reload")
            #expect(reload.status == 0, "\(reload.output)")
            try await daemon.waitUntil("the verdict") { $0.check("resolver")?.state == "down" }
            type("status", Self.checkTable(try await daemon.command("status").output))

            let shown = transcript.map { Self.bare($0, file: file, port: port) }
            #expect(shown == (try Self.documented()), "\(transcript.joined(separator: "\n"))")
            #expect(await daemon.stop() == 0)
            await empty.stop()
        }

        private static func run(_ arguments: String...) async throws -> (
            status: Int32, output: String
        ) {
            let child = try ChildProcess(try PharosDaemon.binary(), arguments)
            return (try await child.waitForExit(withinSeconds: 30), child.output)
        }

        /// The table of checks out of all that `pharos status` says.
        private static func checkTable(_ output: String) -> String {
            output.components(separatedBy: "\n\n").first { $0.hasPrefix("check ") } ?? output
        }

        /// The transcript in the page: its block that begins with `$ pharos status`.
        private static func documented() throws -> [String] {
            let page = try String(contentsOfFile: page, encoding: .utf8)
            let block = try #require(
                page.components(separatedBy: "```").first { $0.contains("\n$ pharos status") })
            return block.split(separator: "\n").dropFirst().map {
                bare(String($0), file: "/etc/pharos/pharos.lua", port: 53)
            }
        }

        /// A line without what differs from run to run: paths, ports, counts, times, columns.
        private static func bare(_ line: String, file: String, port: UInt16) -> String {
            line.replacingOccurrences(of: file, with: "FILE")
                .replacingOccurrences(of: "127.0.0.1:\(port)", with: "SERVER")
                .replacingOccurrences(of: "192.0.2.53:53", with: "SERVER")
                .replacing(/[0-9]+(\.[0-9]+)? s/, with: "N s")
                .replacing(/\b[0-9]+\b(?!:)/, with: "N")
                .replacing(/\s+/, with: " ").trimmingCharacters(in: .whitespaces)
        }
    }
}
