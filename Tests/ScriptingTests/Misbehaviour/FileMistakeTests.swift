// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import Testing

@testable import Scripting

/// Would catch: a file that is no script, or cannot be read, whose refusal does not name it; and one
/// that is odd and fine and is refused. As the configuration, as what it reads, and as a test.
@Suite struct FileMistakeTests {
    struct File: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        /// Behind the file's path; `nil` when it is taken.
        var words: String?

        init(_ name: String, _ bytes: [UInt8], _ words: String?) {
            testDescription = name
            self.bytes = bytes
            self.words = words
        }
    }

    static let files = [
        File("empty", [], nil),
        File("a comment", Array("-- nothing\n".utf8), nil),
        File("CRLF", Array("local x = 1\r\nlocal y = [[\r\n]]\r\n".utf8), nil),
        File("a byte order mark", [0xEF, 0xBB, 0xBF] + Array("local x = 1\n".utf8), nil),
        File("invalid UTF-8 in a text", Array("local x = '".utf8) + [0xFF, 0xFE, 0x27], nil),
        File("no newline at its end", Array("local x = 1".utf8), nil),
        File("a line for the shell", Array("#!/usr/bin/pharos\nlocal x = 1\n".utf8), nil),
        File("half a statement", Array("\nlocal x = {\n".utf8), ":3: unexpected symbol near <eof>"),
        File(
            "an end too many", Array("x = 1\nend\n".utf8), ":2: <eof> expected near 'end'"),
        File(
            "a text that does not end", Array("\n\nx = 'y\n".utf8),
            ":3: unfinished string near ''y'"),
        File(
            "bytecode", [0x1B] + Array("Lua".utf8) + [0x54, 0, 0x19, 0x93],
            ":1: attempt to load a binary chunk (mode is 't')"),
        File(
            "a program", [0x7F] + Array("ELF".utf8) + [2, 1, 1, 0, 0],
            ":1: unexpected symbol near '<\\127>'"),
        File(
            "zeros", [UInt8](repeating: 0, count: 16), ":1: unexpected symbol"),
        File(
            "invalid UTF-8 as a name", [0xFF, 0xFE] + Array(" = 1".utf8),
            ":1: unexpected symbol near '<\\255>'"),
        File(
            "UTF-16", [0xFF, 0xFE, 0x78, 0, 0x3D, 0, 0x31, 0],
            ":1: unexpected symbol near '<\\255>'"),
    ]

    @Test(arguments: files) func isTakenOrRefusedWithItsName(_ file: File) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let path = try scratch.write("odd.lua", file.bytes)
        let expected = file.words.map { [path + $0] } ?? []
        #expect(faults(path) == expected)
        let main = try scratch.write("main.lua", "dofile('\(path)')\n")
        // Bytecode has no lines.
        let isBinary = file.testDescription == "bytecode"
        let included = "\(main):1: dofile: \(path): attempt to load a binary chunk (mode is 't')"
        #expect(faults(main) == (isBinary ? [included] : expected))
        let tests = ScriptTests.run(path)
        let said = tests.map { "\($0.location): \($0.problem ?? "")" }
        #expect(said == expected)
    }

    @Test func whatIsNotThereOrNoFileIsNamed() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let missing = "\(scratch.path)/missing.lua"
        #expect(faults(missing) == ["\(missing): No such file or directory"])
        #expect(faults(scratch.path) == ["\(scratch.path): Is a directory"])
        let main = try scratch.write("main.lua", "\ndofile('\(scratch.path)')\n")
        #expect(faults(main) == ["\(main):2: dofile: \(scratch.path): Is a directory"])
        #expect(
            ScriptTests.run(missing).map(\.problem) == ["\(missing): No such file or directory"])
        #expect(ScriptTests.run(scratch.path).map(\.problem) == ["\(scratch.path): Is a directory"])
    }

    @Test func whatCannotBeReadIsNamed() throws {
        // Opened by anybody, and read by nobody: its first page is not there.
        #expect(faults("/proc/self/mem") == ["/proc/self/mem: Input/output error"])
        let scratch = try Scratch()
        defer { scratch.remove() }
        let path = try scratch.write("secret.lua", "x = 1")
        chmod(path, 0)
        // Root may read everything.
        #expect(faults(path) == (geteuid() == 0 ? [] : ["\(path): Permission denied"]))
    }

    @Test func aTestFileThatRaisesIsOneFailure() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let path = try scratch.write(
            "a.test.lua", "test('fine', function() end)\nerror({code = 1})\n")
        let results = ScriptTests.run(path)
        #expect(results.map(\.passed) == [false])
        #expect(results.first?.problem == "raised a table: {code = 1}")
        #expect(results.first?.location.line == 2)
        #expect(results.first?.traceback.contains("a.test.lua:2: in main chunk") == true)
    }

    private func faults(_ path: String) -> [String] {
        do throws(ScriptError) {
            _ = try ScriptBuilder.build(
                path: path, nodeName: "node1", mode: .validate, planeThreads: 1)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }
}
