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
        case .runtime: return calledNil(line) ?? calledNumber(line) ?? line
        case .syntax, .memory, .timeout, .internal: return line
        }
    }

    /// "attempt to call a nil value (global 'X')": a function that does not exist.
    private func calledNil(_ line: String) -> String? {
        let phrase = "attempt to call a nil value ("
        guard line.hasPrefix(phrase), line.hasSuffix("')") else { return nil }
        let rest = line.dropFirst(phrase.count).dropLast(2)
        guard let quote = rest.firstIndex(of: "'") else { return nil }
        let kind = rest[..<quote].filter { $0 != " " }
        let name = String(rest[rest.index(after: quote)...])
        switch kind {
        case "global": return unknownFunction(name)
        case "field":
            let known = definedNames.filter { $0.contains(".") }
            let fields = known.map { String($0[$0.index(after: $0.firstIndex(of: ".")!)...]) }
            // The dot is there by the filter above.
            guard let near = NearestName.of(name, among: fields.sorted()) else { return nil }
            let path = known.sorted().first { $0.hasSuffix(".\(near)") } ?? near
            return "there is no function '\(name)'; did you mean '\(path)'?"
        case "method":
            guard let near = NearestName.of(name, among: Self.methods) else { return nil }
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

    private func unknownFunction(_ name: String) -> String {
        if DnsdistNames.functions.contains(name) {
            return "dnsdist's \(name) is not supported yet"
        }
        let globals = definedNames.filter { !$0.contains(".") }.sorted()
        return "there is no function '\(name)'"
            + NearestName.suggestion(for: name, among: globals)
    }

    /// Methods of the objects that scripts hold.
    private static let methods = [
        "isUp", "setUp", "setDown", "setAuto", "getName", "getNameWithAddr", "getOutstanding",
        "getDrops", "getQueries", "getLatency", "getID", "setQPS", "addMask", "addMasks",
        "toString", "tostring", "getPort", "read", "write", "close", "count",
    ]
}
