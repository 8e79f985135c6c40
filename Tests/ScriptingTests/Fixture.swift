// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import LuaRuntime
import Probing

@testable import Scripting

/// What the suites build their generations with.
enum Fixture {
    static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    static let repository = folder.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" }

    /// Evaluates `text` as the file `test.lua`.
    static func build(
        _ text: String, mode: ScriptMode = .validate, planeThreads: Int = 2,
        settings: [String: String] = [:], limits: LuaLimits = LuaLimits(),
        planeLog: ScriptLogRings? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void = { _ in }
    ) throws(ScriptError) -> Generation {
        try ScriptBuilder.build(
            path: "test.lua", text: text, settings: settings, nodeName: "node1", mode: mode,
            planeThreads: planeThreads, limits: limits, planeLog: planeLog, log: log)
    }

    /// What `text` is refused with; empty when it is not.
    static func refusal(_ text: String) -> String {
        do throws(ScriptError) {
            _ = try build(text)
            return ""
        } catch {
            return error.description
        }
    }

    static func configuration(
        _ text: String, settings: [String: String] = [:]
    ) throws(ScriptError) -> DeclaredConfiguration {
        try build(text, settings: settings).configuration
    }

    static func bytes(of path: String) -> [UInt8] {
        guard case .bytes(let bytes)? = try? EnvironmentHooks.system.readFile(path) else {
            return []
        }
        return bytes
    }
}
