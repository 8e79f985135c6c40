// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Turns Lua's words for a mistake into ones that help: which name was meant, whether dnsdist has it.
struct ErrorExplanation {
    /// Functions that scripts can call here, by path.
    let definedNames: Set<String>

    /// - Parameter function: where to point when the error has no place, or one in our own text: a
    ///   script that ends with `return dns.query{…}` has left no line of its own behind.
    func fault(_ error: LuaError, in function: SourceLocation? = nil) -> ScriptFault {
        let file = error.file == Prelude.chunkName ? nil : error.file
        let location = file.map { SourceLocation(file: $0, line: error.line ?? 1) } ?? function
        return ScriptFault(
            message: message(error), location: location, traceback: error.traceback,
            usedUpBudget: error.kind == .timeout)
    }

    private func message(_ error: LuaError) -> String {
        let line = error.message.split(whereSeparator: \.isNewline).joined(separator: " | ")
        switch error.kind {
        case .runtime:
            return iterated(line) ?? nested(line) ?? missingModule(line) ?? calledNil(line)
                ?? calledNumber(line) ?? indexedNil(line) ?? line
        case .syntax, .memory, .timeout, .internal: return line
        }
    }

    /// "attempt to call a nil value (for iterator 'for iterator')": `in list` for `in ipairs(list)`.
    private func iterated(_ line: String) -> String? {
        let phrase = "attempt to call a "
        guard line.hasPrefix(phrase), line.hasSuffix(" value (for iterator 'for iterator')") else {
            return nil
        }
        let type = line.dropFirst(phrase.count).prefix { $0 != " " }
        return
            "for … in goes over what pairs(table) or ipairs(list) returns, not over a \(type) value"
    }

    /// Lua's words for what calls itself without end, in a script or by way of a metamethod.
    private func nested(_ line: String) -> String? {
        let overflow = line.hasPrefix("C stack overflow") ? "C stack overflow" : "stack overflow"
        guard line.hasPrefix(overflow) else { return nil }
        return "calls are nested too deeply (\(overflow)): something calls itself without end"
    }

    /// "module 'X' not found:" and a line for each place that was looked at.
    private func missingModule(_ line: String) -> String? {
        let phrase = "module '"
        guard line.hasPrefix(phrase), let found = line.firstRange(of: "' not found:") else {
            return nil
        }
        let places = line[found.upperBound...].split(separator: "no file '").dropFirst().map {
            $0.prefix { $0 != "'" }
        }
        let shown = places.prefix(Self.placesShown).joined(separator: ", ")
        let more = places.count - Self.placesShown
        return
            "require: there is no module \(line[..<found.lowerBound].dropFirst(phrase.count - 1))'"
            + " (looked for \(shown)" + (more > 0 ? " and \(more) more" : "") + "; package.path)"
    }

    private static let placesShown = 3

    /// "attempt to call a nil value (global 'X')": a function that does not exist.
    private func calledNil(_ line: String) -> String? {
        guard let (kind, name) = subject(of: line, after: "attempt to call a nil value (") else {
            return nil
        }
        switch kind {
        case "global": return unknownFunction(name)
        case "field":
            // The dot is there by the filter before.
            let known = names.filter { $0.contains(".") }
            let fields = known.map { String($0[$0.index(after: $0.lastIndex(of: ".")!)...]) }
            guard let near = NearestName.of(name, among: fields) else { return nil }
            let path = known.first { $0.hasSuffix(".\(near)") } ?? near
            return "there is no function '\(name)'; did you mean '\(path)'?"
        case "method":
            guard let near = NearestName.of(name, among: Reference.memberNames) else { return nil }
            return "there is no method '\(name)'; did you mean '\(near)'?"
        default: return nil
        }
    }

    /// `return DNSAction.Drop()`: its numbers look like functions.
    private func calledNumber(_ line: String) -> String? {
        let phrase = "attempt to call a number value (field '"
        guard line.hasPrefix(phrase), line.hasSuffix("')") else { return nil }
        let name = line.dropFirst(phrase.count).dropLast(2)
        return "'\(name)' is a number, not a function: leave out its parentheses"
            + " (return DNSAction.\(name))"
    }

    /// "attempt to index a nil value (global 'X')": a table that does not exist.
    private func indexedNil(_ line: String) -> String? {
        guard let (kind, name) = subject(of: line, after: "attempt to index a nil value ("),
            kind == "global"
        else { return nil }
        if let hint = Self.hints[name] { return "there is no '\(name)': \(hint)" }
        guard let near = NearestName.of(name, among: names.filter { !$0.contains(".") }) else {
            return nil
        }
        return "\(line); did you mean '\(near)'?"
    }

    /// The kind and the name of what Lua speaks of: `global` and `X`.
    private func subject(of line: String, after phrase: String) -> (kind: String, name: String)? {
        guard line.hasPrefix(phrase), line.hasSuffix("')") else { return nil }
        let rest = line.dropFirst(phrase.count).dropLast(2)
        guard let quote = rest.firstIndex(of: "'") else { return nil }
        return (rest[..<quote].filter { $0 != " " }, String(rest[rest.index(after: quote)...]))
    }

    private func unknownFunction(_ name: String) -> String {
        if let hint = Self.hints[name] { return "there is no '\(name)': \(hint)" }
        if DnsdistNames.functions.contains(name) {
            return "dnsdist's \(name) is not supported yet"
        }
        return "there is no function '\(name)'"
            + NearestName.suggestion(for: name, among: names.filter { !$0.contains(".") })
    }

    /// What scripts can call or index here, by path.
    private var names: [String] {
        let told = Reference.entries.filter { $0.status == .supported && !$0.isKey }.map(\.name)
        return definedNames.union(told).sorted()
    }

    /// Names of Lua 5.1 and LuaJIT that have no equal here (Docs/decisions/0012).
    private static let hints = [
        "setfenv": "give load the environment: load(text, name, \"t\", environment)",
        "getfenv": "the environment of a function is its _ENV",
        "module": "end the file with return and a table, and require it",
        "newproxy": "use setmetatable({}, …)",
        "jit": "this is Lua 5.4, not LuaJIT",
        "ffi": "this is Lua 5.4, not LuaJIT; LuaAction and setServerPolicyLua take no lock here",
    ]
}
