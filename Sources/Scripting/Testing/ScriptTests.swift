// SPDX-License-Identifier: Apache-2.0

public import Declarations
import LuaRuntime

/// One test of a file, and how it ended.
public struct ScriptTestResult: Hashable, Sendable {
    /// What `test("…")` called it; empty for the file itself, when it could not be read.
    public let name: String
    public let location: SourceLocation
    /// Why it failed, perhaps in several lines; `nil` when it passed.
    public let problem: String?
    /// The call stack of the failure, innermost first; empty when there was none.
    public let traceback: String

    public var passed: Bool { problem == nil }
}

/// Runs files of tests (`NAME.test.lua`): scripts that try other scripts with fake servers, fake
/// answers and a clock that they move. No sockets, no waiting.
public enum ScriptTests {
    /// Processor time of one test: a policy called a million times takes some seconds.
    public static let testMillisecondsDefault = 20_000

    /// Runs the tests of one file in their order, each after the other, in one VM.
    ///
    /// A file that cannot be read or raises is one failed result; the tests it declared before that
    /// are not run.
    ///
    /// - Parameters:
    ///   - filter: runs only tests whose name contains it.
    ///   - testMilliseconds: processor time that one test may take.
    ///   - print: takes what the tests print.
    public static func run(
        _ path: String, settings: [String: String] = [:], nodeName: String = "test",
        filter: String = "", testMilliseconds: Int = testMillisecondsDefault,
        print: @escaping @Sendable (String) -> Void = { _ in }
    ) -> [ScriptTestResult] {
        let bench: TestBench
        do throws(ScriptError) {
            bench = try TestBench(path, settings: settings, nodeName: nodeName, print: print)
        } catch {
            return error.faults.map { result(of: $0, in: path, named: "") }
        }
        defer { bench.close() }
        let tests = bench.tests.filter { filter.isEmpty || $0.name.contains(filter) }
        return tests.map { test in
            do throws(LuaError) {
                try bench.run(test, budgetMilliseconds: testMilliseconds)
                return ScriptTestResult(
                    name: test.name, location: test.location, problem: nil, traceback: "")
            } catch {
                let fault = bench.explanation.fault(error, in: test.location)
                return result(of: fault, in: path, named: test.name)
            }
        }
    }

    private static func result(
        of fault: ScriptFault, in path: String, named name: String
    ) -> ScriptTestResult {
        ScriptTestResult(
            name: name, location: fault.location ?? SourceLocation(file: path, line: 1),
            problem: fault.message, traceback: fault.traceback)
    }
}
