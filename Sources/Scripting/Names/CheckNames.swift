// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `newCheck`.
extension Evaluation {
    static let checkKeys = [
        "name", "run", "interval", "fastInterval", "timeout", "rise", "fall", "hardFail",
        "restartGrace", "errorGrace", "splay", "disableFile", "targets", "targetsUp",
    ]

    /// Of the table that `run` may return.
    static let verdictKeys = ["score", "detail"]

    /// A check more often than each 10 ms would be load, not watching.
    private static let intervalSecondsMin = 0.01
    /// Consecutive results; more than this at the default interval is a quarter of an hour.
    private static let streaks = 1...1_000
    /// Names appear in file names (`disable/NAME`), metrics and status.
    private static let nameLengthMax = 100

    func defineCheckNames() throws(LuaError) {
        try declare("newCheck") { [unowned self] (arguments, call) throws(ArgumentError) in
            try newCheck(arguments.table(0, "its argument"), at: location(of: call))
            return [ObjectKind.check.handle(configuration.checks.count - 1)]
        }
        try defineKind(.check, fields: ["name"]) { [unowned self] (ordinal, _) in
            .text(configuration.checks[ordinal].name)
        }
    }

    private func newCheck(
        _ table: LuaTable, at location: SourceLocation
    ) throws(ArgumentError) {
        let keys = try KeyReader(call: "newCheck", table: table, known: Self.checkKeys)
        let name = try keys.requiredText("name")
        try validateCheckName(name)
        guard let run = try keys.function("run") else { throw keys.missing("run") }
        var check = CheckDeclaration(
            name: name, run: bind(run, kind: .check, name: name),
            disableFile: try keys.text("disableFile") ?? "\(folder)/disable/\(name)",
            location: location)
        try readSchedule(keys, into: &check)
        try readTargets(keys, into: &check)
        check.rise = try keys.integer("rise", in: Self.streaks) ?? check.rise
        check.fall = try keys.integer("fall", in: Self.streaks) ?? check.fall
        if let word = try keys.word("hardFail", of: ["count", "confirm"]) {
            check.hardFail = word == "confirm" ? .confirm : .count
        }
        check.restartGraceMilliseconds =
            try keys.milliseconds("restartGrace") ?? check.restartGraceMilliseconds
        check.errorGraceMilliseconds =
            try keys.milliseconds("errorGrace") ?? check.errorGraceMilliseconds
        check.splayMilliseconds = try keys.milliseconds("splay") ?? check.splayMilliseconds
        configuration.checks.append(check)
    }

    private func validateCheckName(_ name: String) throws(ArgumentError) {
        if let other = configuration.checks.first(where: { $0.name == name }) {
            throw ArgumentError(
                "newCheck: there is a check '\(name)' already, at \(other.location)")
        }
        guard name.utf8.count <= Self.nameLengthMax, !name.contains("/"), name != "always",
            name != ".", name != ".."
        else {
            throw ArgumentError(
                "newCheck: '\(name)' cannot be a name: at most \(Self.nameLengthMax) bytes,"
                    + " no '/', not 'always'")
        }
    }

    private func readSchedule(
        _ keys: KeyReader, into check: inout CheckDeclaration
    ) throws(ArgumentError) {
        let least = Self.intervalSecondsMin
        if let given = try keys.milliseconds("interval", atLeast: least) {
            check.intervalMilliseconds = given
        }
        let fast = try keys.milliseconds("fastInterval", atLeast: least)
        check.fastIntervalMilliseconds =
            fast ?? min(check.fastIntervalMilliseconds, check.intervalMilliseconds)
        // DESIGN §3.5: the smaller of half a second and the intervals.
        let timeout = try keys.milliseconds("timeout", atLeast: 0.001)
        check.timeoutMilliseconds =
            timeout
            ?? min(500, check.intervalMilliseconds, check.fastIntervalMilliseconds)
        guard check.timeoutMilliseconds <= check.intervalMilliseconds else {
            throw ArgumentError(
                "newCheck: timeout (\(TimeText.words(milliseconds: check.timeoutMilliseconds)))"
                    + " is longer than interval"
                    + " (\(TimeText.words(milliseconds: check.intervalMilliseconds)));"
                    + " times are seconds, milliseconds are written \"500ms\"")
        }
        guard check.fastIntervalMilliseconds <= check.intervalMilliseconds else {
            throw ArgumentError(
                "newCheck: fastInterval"
                    + " (\(TimeText.words(milliseconds: check.fastIntervalMilliseconds)))"
                    + " is longer than interval"
                    + " (\(TimeText.words(milliseconds: check.intervalMilliseconds)));"
                    + " times are seconds, milliseconds are written \"500ms\"")
        }
    }

    /// The folder of the configuration file.
    var folder: String {
        guard let slash = configuration.path.lastIndex(of: "/") else { return "." }
        return slash == configuration.path.startIndex ? "" : String(configuration.path[..<slash])
    }

    /// The name of a check given as a handle or by name (which may be declared later).
    func checkName(_ value: LuaValue, call: String, key: String) throws(ArgumentError) -> String {
        if let ordinal = ObjectKind.check.ordinal(of: value) {
            return configuration.checks[ordinal].name
        }
        guard case .string(let name) = value else {
            throw ArgumentError(
                "\(call): \(key) must be a check or its name, not \(value.words)")
        }
        return name.text
    }
}
