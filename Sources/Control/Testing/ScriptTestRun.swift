// SPDX-License-Identifier: Apache-2.0

import Glibc
import Scripting

/// `pharos test`: finds files of tests, runs them, and tells what came of each test.
public enum ScriptTestRun {
    private static let ending = ".test.lua"
    /// Folders below folders: nobody nests plugins deeper.
    private static let depthMax = 16

    /// Prints a line for each test, the reasons of failures below it and a summary; returns whether
    /// all passed.
    ///
    /// - Throws: ``DaemonError`` when a path is not there, or no test is found.
    public static func run(
        _ paths: [String], settings: [String: String], filter: String, quiet: Bool,
        print: @escaping @Sendable (String) -> Void
    ) throws(DaemonError) -> Bool {
        var files: [String] = []
        for path in paths { files += try Self.files(at: path) }
        guard !files.isEmpty else {
            throw .request("no file in \(paths.joined(separator: ", ")) ends in \(ending)")
        }
        var (count, failures) = (0, 0)
        for file in files {
            let results = ScriptTests.run(file, settings: settings, filter: filter) {
                print("     \($0)")
            }
            for result in results {
                count += 1
                if !result.passed { failures += 1 }
                if !result.passed || !quiet { tell(result, of: file, print) }
            }
        }
        guard count > 0 else {
            throw .request(
                filter.isEmpty
                    ? "\(files.joined(separator: ", ")): no test was declared (test(\"name\", function() … end))"
                    : "no test has '\(filter)' in its name")
        }
        let words =
            "\(count) test\(count == 1 ? "" : "s") in \(files.count) file\(files.count == 1 ? "" : "s")"
        print(failures == 0 ? "\(words): all passed" : "\(words): \(failures) failed")
        return failures == 0
    }

    private static func tell(
        _ result: ScriptTestResult, of file: String, _ print: (String) -> Void
    ) {
        let name = result.name.isEmpty ? file : "\(file): \(result.name)"
        guard let problem = result.problem else {
            print("ok   \(name)")
            return
        }
        print("FAIL \(name)")
        for (index, line) in problem.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            print(index == 0 ? "     \(result.location): \(line)" : "       \(line)")
        }
        for line in result.traceback.split(separator: "\n") { print("       \(line)") }
    }

    /// The files that a path stands for, in order of their names.
    private static func files(at path: String) throws(DaemonError) -> [String] {
        if let stream = opendir(path) {
            closedir(stream)
            return below(path, depth: 0)
        }
        guard errno == ENOTDIR else {
            throw .request("\(path): \(String(cString: strerror(errno)))")
        }
        return [path]
    }

    private static func below(_ folder: String, depth: Int) -> [String] {
        guard depth < depthMax, let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var files: [String] = []
        var folders: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                folders.append(path)
            } else if name.hasSuffix(ending) {
                files.append(path)
            }
        }
        return files.sorted() + folders.sorted().flatMap { below($0, depth: depth + 1) }
    }
}
