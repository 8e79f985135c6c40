// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Sorts what was met into the three groups.
extension NameSurvey {
    /// What the text of a file may name although the daemon does not know it.
    private static let parts: Set<String> = ["dq", "dr", "dh"]
    /// Methods of Lua's own strings and files.
    private static let ownMethods: Set<String> = [
        "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep",
        "reverse",
        "sub", "upper", "lines", "flush", "seek", "setvbuf",
    ]
    /// Tables of the operator's words.
    private static let openTables: Set<String> = ["node", "setting", "shared", "package", "checks"]

    /// - Parameters:
    ///   - sources: the text of each file that was read.
    ///   - globals: what scripts can reach, by path, before the file ran.
    func table(
        sources: [(path: String, bytes: [UInt8])], globals: Set<String>, faults: [ScriptFault]
    ) -> NameTable {
        var table = NameTable()
        table.withoutEffect = withoutEffect
        table.unknown = unknownKeys
        let passive = Set(withoutEffect.map { Self.path($0.name) })
        for (name, location) in used where !passive.contains(name) {
            table.supported.append(NameTable.Entry(name: name, note: "", location: location))
        }
        let read = sources.map { (path: $0.path, names: SourceNames($0.bytes)) }
        // What one file defines another may use.
        let bound = read.reduce(into: Set<String>()) { $0.formUnion($1.names.bound) }
        for file in read {
            for use in file.names.uses {
                judge(
                    use, at: SourceLocation(file: file.path, line: use.line), bound, globals,
                    &table)
            }
            for use in file.names.methods where Reference.memberNames.contains(use.path) {
                guard !Self.ownMethods.contains(use.path) else { continue }
                table.supported.append(
                    NameTable.Entry(
                        name: ":\(use.path)", note: "",
                        location: SourceLocation(file: file.path, line: use.line)))
            }
        }
        addMethods(of: faults, to: &table)
        table.supported = Self.firsts(table.supported)
        table.withoutEffect = Self.firsts(table.withoutEffect)
        let settled = Set(table.withoutEffect.map { Self.path($0.name) })
        table.supported.removeAll { settled.contains($0.name) }
        table.unknown = Self.firsts(table.unknown)
        return table
    }

    /// `newServer: tls` of a warning is `newServer.tls`.
    private static func path(_ thing: String) -> String {
        thing.split(separator: ":").map { $0.drop { $0 == " " } }.joined(separator: ".")
    }

    private func judge(
        _ use: SourceNames.Use, at location: SourceLocation, _ bound: Set<String>,
        _ globals: Set<String>, _ table: inout NameTable
    ) {
        let parts = use.path.split(separator: ".").map(String.init)
        func add(_ note: String, as name: String? = nil) {
            table.unknown.append(
                NameTable.Entry(name: name ?? use.path, note: note, location: location))
        }
        if parts.count > 1, Self.parts.contains(parts[0]) {
            let name = "\(parts[0]).\(parts[1])"
            if Reference.byName[name] != nil {
                table.supported.append(NameTable.Entry(name: name, note: "", location: location))
            } else {
                let known = Reference.entries.filter { $0.owner == parts[0] }.map {
                    String($0.name.dropFirst(parts[0].count + 1))
                }
                add(Self.suggestion(NearestName.of(parts[1], among: known)), as: name)
            }
            return
        }
        guard !bound.contains(parts[0]) else { return }
        if let refused = AcceptedNames.refused.first(where: { $0.name == use.path }) {
            if use.isCalled { add("not supported: \(refused.because)") }
        } else if let passive = AcceptedNames.withoutEffect.first(where: { $0.name == use.path }) {
            if use.isCalled {
                table.withoutEffect.append(
                    NameTable.Entry(name: use.path, note: passive.instead, location: location))
            }
        } else if parts.count > 1, let near = nearestField(parts, bound, globals) {
            add(near, as: "\(parts[0]).\(parts[1])")
        } else if let known = [use.path, parts[0]].first(where: { Reference.byName[$0] != nil }) {
            table.supported.append(NameTable.Entry(name: known, note: "", location: location))
        } else if parts.count == 1, use.isCalled, !globals.contains(use.path) {
            // Without arguments it may be a test of whether there is such a thing.
            add(Self.note(onUnknown: use.path, globals))
        }
    }

    /// What may have been meant when a table of ours or of Lua's has no such field; else `nil`.
    private func nearestField(
        _ parts: [String], _ bound: Set<String>, _ globals: Set<String>
    ) -> String? {
        let field = "\(parts[0]).\(parts[1])"
        guard globals.contains(parts[0]), !Self.openTables.contains(parts[0]),
            !globals.contains(field), !bound.contains(field)
        else { return nil }
        let fields = globals.filter { $0.hasPrefix(parts[0] + ".") }.sorted()
        return fields.isEmpty ? nil : Self.suggestion(NearestName.of(field, among: fields))
    }

    private static func note(onUnknown name: String, _ globals: Set<String>) -> String {
        if DnsdistNames.functions.contains(name) { return "dnsdist's, not supported yet" }
        let known = Reference.entries.filter { !$0.isKey && $0.owner == nil }.map(\.name)
        let reachable = globals.filter { !$0.contains(".") }.sorted()
        return suggestion(NearestName.of(name, among: known + reachable))
    }

    static func suggestion(_ near: String?) -> String {
        near.map { "did you mean '\($0)'?" } ?? ""
    }

    /// `there is no method 'isUpp'; did you mean 'isUp'?` and its siblings: what only a run tells.
    private func addMethods(of faults: [ScriptFault], to table: inout NameTable) {
        for fault in faults {
            guard let location = fault.location else { continue }
            for (phrase, mark) in [("there is no method '", ":"), (" has no field '", ".")] {
                guard let start = fault.message.firstRange(of: phrase) else { continue }
                let rest = fault.message[start.upperBound...]
                guard let end = rest.firstIndex(of: "'") else { continue }
                let note = rest[end...].dropFirst().drop { $0 == ";" || $0 == " " || $0 == "(" }
                table.unknown.append(
                    NameTable.Entry(
                        name: mark + rest[..<end], note: String(note), location: location))
            }
        }
    }

    /// Each name once, with the place that comes first; in order of their names.
    private static func firsts(_ entries: [NameTable.Entry]) -> [NameTable.Entry] {
        var first: [String: NameTable.Entry] = [:]
        for entry in entries {
            guard let other = first[entry.name] else {
                first[entry.name] = entry
                continue
            }
            let (here, there) = (entry.location, other.location)
            if here.file == there.file, here.line < there.line { first[entry.name] = entry }
        }
        return first.values.sorted {
            ($0.name.lowercased(), $0.name) < ($1.name.lowercased(), $1.name)
        }
    }
}
