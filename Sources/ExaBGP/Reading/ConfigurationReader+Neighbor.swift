// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Neighbours: what they inherit, then what they say.
extension ConfigurationReader {
    /// Templates that inherit templates.
    private static let inheritanceMax = 8

    mutating func readNeighbor(_ statement: Statement, of group: [Statement]?) {
        attempt { reader throws(ExaBGPFault) in
            let own = try reader.block(statement, words: 2)
            var draft = NeighborDraft()
            draft.peer = try reader.peer(statement)
            if let group {
                draft.level = .group
                reader.inherit(group, to: &draft, depth: 0)
                reader.apply(group, to: &draft)
            }
            reader.inherit(own, to: &draft, depth: 0)
            draft.level = .neighbor
            reader.apply(own, to: &draft)
            let neighbor = try draft.neighbor(
                at: SourceLocation(file: reader.file, line: statement.line))
            reader.configuration.neighbors.append(neighbor)
        }
    }

    private func peer(_ statement: Statement) throws(ExaBGPFault) -> IPPrefix {
        var reader = StatementReader(
            statement.words, file: file, line: statement.line, skipping: 1)
        let text = statement.words[1].text
        guard text.contains("/") || IPAddress(text) != nil else {
            throw reader.fault(
                "neighbor '\(text)' is not an address; write one like 192.0.2.1 or 2001:db8::1",
                at: statement.line)
        }
        return try RouteReader(file: file).prefix(&reader, after: "neighbor")
    }

    /// Reads the templates that these statements name.
    private mutating func inherit(
        _ statements: [Statement], to draft: inout NeighborDraft, depth: Int
    ) {
        let level = draft.level
        for statement in statements where statement.keyword == "inherit" {
            var found = draft
            attempt { reader throws(ExaBGPFault) in
                var words = StatementReader(
                    statement.words, file: reader.file, line: statement.line, skipping: 1)
                let names = try words.list("inherit", "the name of a template")
                try words.finish()
                for name in names {
                    try reader.applyTemplate(name, to: &found, depth: depth)
                }
            }
            draft = found
        }
        draft.level = level
    }

    private mutating func applyTemplate(
        _ name: Word, to draft: inout NeighborDraft, depth: Int
    ) throws(ExaBGPFault) {
        guard let template = templates[name.text] else {
            throw fault(
                name.line,
                "there is no template '\(name.text)'"
                    + Vocabulary.suggestion(for: name.text, among: templates.keys.sorted()))
        }
        guard depth < Self.inheritanceMax else {
            throw fault(
                name.line, "template '\(name.text)' inherits itself; take one inherit out")
        }
        inherit(template.block ?? [], to: &draft, depth: depth + 1)
        draft.level = .template(name.text)
        apply(template.block ?? [], to: &draft)
    }

    /// Reads statements of a neighbour, of its group or of a template into a draft.
    mutating func apply(
        _ statements: [Statement], to draft: inout NeighborDraft,
        registersProcesses: Bool = true
    ) {
        for statement in statements where statement.keyword != "inherit" {
            var changed = draft
            attempt { reader throws(ExaBGPFault) in
                try reader.apply(
                    statement, to: &changed, registersProcesses: registersProcesses)
            }
            draft = changed
        }
    }

    private mutating func apply(
        _ statement: Statement, to draft: inout NeighborDraft, registersProcesses: Bool
    ) throws(ExaBGPFault) {
        let keyword = statement.keyword
        if keyword == "process" {
            if !registersProcesses { return }
            return try readNestedProcess(statement, into: &draft)
        }
        guard statement.block != nil else { return try applyValue(statement, to: &draft) }
        switch keyword {
        case "family": try readFamilies(statement, into: &draft)
        case "capability": try readCapabilities(statement, into: &draft)
        case "nexthop": try readNextHopEncodings(statement, into: &draft)
        case "add-path": try readAddPathFamilies(statement, into: &draft)
        case "api": try readAPI(statement, into: &draft)
        case "static": readStatic(statement, into: &draft)
        case "announce": try readAnnounce(statement, into: &draft)
        default:
            if let broken = brokenLine(statement) { throw broken }
            if Vocabulary.neighborValues.contains(keyword),
                Vocabulary.foreignSections[keyword] == nil
            {
                throw fault(
                    statement.line, "'\(keyword)' takes no '{'; give its value and end it with ';'")
            }
            throw unknown(statement, among: Vocabulary.neighborBlocks, in: "neighbor")
        }
    }

    // MARK: Afterwards

    /// Two neighbours that ExaBGP could not tell apart, and routes that would never be sent.
    mutating func checkNeighbors() {
        var known: [ExaBGPNeighbor] = []
        for neighbor in configuration.neighbors {
            let twin = known.first {
                $0.peer == neighbor.peer && $0.localAddress == neighbor.localAddress
                    && $0.localAS == neighbor.localAS && $0.peerAS == neighbor.peerAS
                    && $0.routerID == neighbor.routerID && $0.connectPort == neighbor.connectPort
            }
            if let twin {
                attempt { reader throws(ExaBGPFault) in
                    throw reader.fault(
                        neighbor.location.line,
                        "neighbor \(neighbor.peer.address) is there already, at \(twin.location);"
                            + " take one of them out")
                }
            }
            known.append(neighbor)
            for route in neighbor.routes where !neighbor.families.contains(route.family) {
                note(
                    route.location.line,
                    "route \(route.prefix) is never sent to \(neighbor.peer.address), which is not"
                        + " offered \(route.family.rawValue)")
            }
            notePassword(of: neighbor)
        }
    }

    private mutating func notePassword(of neighbor: ExaBGPNeighbor) {
        guard let password = neighbor.md5Password, neighbor.md5Base64 == .automatic,
            MD5Password.looksLikeHexadecimal(password)
        else { return }
        note(
            neighbor.location.line,
            "the md5-password of \(neighbor.peer.address) could be base64, and ExaBGP takes it for"
                + " that; if it is meant as it stands, write 'md5-base64 false;'")
    }
}
