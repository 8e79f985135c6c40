// SPDX-License-Identifier: Apache-2.0
//
// The reference is written as text, because text is what it is: a line at the margin is a signature,
// the indented lines below it tell what it does. Several signatures in a row share what follows.
//
//     server:isUp() → true or false
//         Whether queries may go to it: forced up, or its checks say so.
//         dnsdist: the same.
//
// A line that begins with `dnsdist:`, `without effect:` or `refused:` begins a note, which goes on
// to the end of the entry or to the next note.

/// Reads the reference's text.
enum ReferenceText {
    static func entries(_ text: String, group: ReferenceGroup) -> [ReferenceEntry] {
        var entries: [ReferenceEntry] = []
        var signatures: [String] = []
        var body: [String] = []
        func flush() {
            for signature in signatures { entries.append(entry(signature, body, group)) }
            signatures = []
            body = []
        }
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" ") {
                body.append(String(line.drop { $0 == " " }))
            } else {
                if !body.isEmpty { flush() }
                signatures.append(String(line))
            }
        }
        flush()
        return entries
    }

    /// `server:isUp() → …` is about `server.isUp`.
    static func name(of signature: String) -> String {
        let end = signature.firstIndex { "({ ,→".contains($0) } ?? signature.endIndex
        return String(signature[..<end].map { $0 == ":" ? "." : $0 })
    }

    private enum Part: String, CaseIterable {
        case dnsdist = "dnsdist:"
        case withoutEffect = "without effect:"
        case refused = "refused:"
    }

    private static func entry(
        _ signature: String, _ body: [String], _ group: ReferenceGroup
    ) -> ReferenceEntry {
        var text: [String] = []
        var notes: [Part: [String]] = [:]
        var current: Part?
        for line in body {
            var rest = line
            if let part = Part.allCases.first(where: { line.hasPrefix($0.rawValue) }) {
                current = part
                rest = String(line.dropFirst(part.rawValue.count).drop { $0 == " " })
            }
            if let current { notes[current, default: []].append(rest) } else { text.append(rest) }
        }
        func note(_ part: Part) -> String? { notes[part]?.joined(separator: " ") }
        let status: ReferenceEntry.Status =
            if let instead = note(.withoutEffect) {
                .withoutEffect(instead: instead)
            } else if let reason = note(.refused) {
                .refused(because: reason)
            } else {
                .supported
            }
        return ReferenceEntry(
            group: group, name: name(of: signature), signature: signature,
            text: text.joined(separator: " "), dnsdist: note(.dnsdist), status: status)
    }
}
