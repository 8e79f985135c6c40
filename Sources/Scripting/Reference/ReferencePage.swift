// SPDX-License-Identifier: Apache-2.0

/// Prints the pages that are made from the reference.
public enum ReferencePage {
    /// Docs/script-reference.md.
    public static var script: String {
        var lines = [
            "# Which names can a script use?", "",
            "This page is printed by `pharos reference --format script`; `make docs` fails when"
                + " it and the daemon differ.", "",
            "After a name comes what it takes and, behind the arrow, what it returns. Defaults are"
                + " those that are shown. Names that dnsdist has and Pharos does not act on are in"
                + " [porting from dnsdist](porting-from-dnsdist.md).", "",
        ]
        for group in ReferenceGroup.allCases {
            let entries = Reference.entries.filter { $0.group == group }
            guard !entries.isEmpty else { continue }
            lines += ["## \(group.rawValue)", ""]
            lines += section(entries)
        }
        return lines.joined(separator: "\n")
    }

    /// The table in Docs/porting-from-dnsdist.md: each of dnsdist's functions.
    public static var porting: String {
        let names = DnsdistNames.functions.sorted {
            ($0.lowercased(), $0) < ($1.lowercased(), $1)
        }
        var lines = ["| dnsdist's function | here |", "| --- | --- |"]
        for name in names {
            let words =
                switch DnsdistStatus(of: name) {
                case .works(let note): note.map { "works: \($0)" } ?? "works"
                case .withoutEffect(let instead): "accepted without effect: \(instead)"
                case .refused(let reason): "refused: \(reason)"
                }
            lines.append("| `\(name)` | \(escaped(words)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Parts

    /// Globals that share a text, or one thing with what belongs to it.
    private struct Part {
        var name: String
        var heads: [ReferenceEntry] = []
        var members: [ReferenceEntry] = []
    }

    private static func section(_ entries: [ReferenceEntry]) -> [String] {
        var lines: [String] = []
        for part in parts(entries) {
            if let head = part.heads.first {
                let signatures = part.heads.map { "`\($0.signature)`" }.joined(separator: ", ")
                lines += ["### \(signatures)", "", words(head), ""]
            } else {
                lines += ["### `\(part.name)`", ""]
            }
            guard !part.members.isEmpty else { continue }
            lines += ["| of `\(part.name)` | |", "| --- | --- |"]
            for row in rows(part.members) {
                let signatures = row.map { "`\(escaped($0.memberSignature))`" }
                lines.append(
                    "| \(signatures.joined(separator: ", ")) | \(escaped(words(row[0]))) |")
            }
            lines.append("")
        }
        return lines
    }

    /// What belongs to a call or an object comes with it, wherever it was told of.
    private static func parts(_ entries: [ReferenceEntry]) -> [Part] {
        var parts: [Part] = []
        let owners = Set(entries.filter(isMember).compactMap(\.owner))
        for entry in entries {
            if let owner = entry.owner, isMember(entry) {
                if let index = parts.firstIndex(where: { $0.name == owner }) {
                    parts[index].members.append(entry)
                } else {
                    parts.append(Part(name: owner, members: [entry]))
                }
            } else if let index = parts.firstIndex(where: { $0.name == entry.name }) {
                parts[index].heads.append(entry)
            } else if let last = parts.last?.heads.last, words(last) == words(entry),
                !owners.contains(entry.name), !owners.contains(last.name)
            {
                parts[parts.count - 1].heads.append(entry)
            } else {
                parts.append(Part(name: entry.name, heads: [entry]))
            }
        }
        return parts
    }

    /// Neighbours that share their words share a row.
    private static func rows(_ members: [ReferenceEntry]) -> [[ReferenceEntry]] {
        members.reduce(into: []) { rows, member in
            if let last = rows.last?.last, words(last) == words(member) {
                rows[rows.count - 1].append(member)
            } else {
                rows.append([member])
            }
        }
    }

    /// A key, a field or a method. `dns.query{…}` has a dot and is a function of its own.
    private static func isMember(_ entry: ReferenceEntry) -> Bool {
        guard entry.owner != nil else { return false }
        let rest = entry.signature.dropFirst(entry.name.count)
        let isCalled = rest.hasPrefix("(") || rest.hasPrefix("{")
        return !isCalled || entry.signature.prefix(entry.name.count).contains(":")
    }

    private static func words(_ entry: ReferenceEntry) -> String {
        var parts = entry.text.isEmpty ? [] : [entry.text]
        switch entry.status {
        case .supported: break
        case .withoutEffect(let instead): parts.append("Without effect: \(instead).")
        case .refused(let reason): parts.append("An error: \(reason).")
        }
        if let note = entry.dnsdist { parts.append("*dnsdist: \(note)*") }
        return parts.joined(separator: " ")
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
