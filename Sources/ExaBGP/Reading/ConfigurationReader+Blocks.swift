// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// A neighbour's blocks: families, capabilities, routes.
extension ConfigurationReader {
    /// 3.4 knows five names of two address families.
    private static let addressFamilies: [String: RouteFamily] = [
        "ipv4": .ipv4Unicast, "inet": .ipv4Unicast, "inet4": .ipv4Unicast,
        "ipv6": .ipv6Unicast, "inet6": .ipv6Unicast,
    ]

    /// Reads the words of each statement of a block that has no blocks in it.
    private mutating func eachLine(
        _ statement: Statement,
        _ body: (inout ConfigurationReader, Statement, inout StatementReader)
            throws(ExaBGPFault) -> Void
    ) throws(ExaBGPFault) {
        for line in try block(statement, words: 1) {
            attempt { reader throws(ExaBGPFault) in
                if let inner = line.block, !inner.isEmpty || line.words.isEmpty {
                    throw reader.brokenLine(line)
                        ?? reader.fault(
                            line.line, "'\(line.keyword)' takes no '{' in \(statement.keyword)")
                }
                var words = StatementReader(
                    line.words, file: reader.file, line: line.line, skipping: 1)
                try body(&reader, line, &words)
            }
        }
    }

    mutating func readFamilies(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        try eachLine(statement) { reader, line, words throws(ExaBGPFault) in
            if ["all", "minimal"].contains(line.keyword) {
                draft.addAllFamilies()
                return try words.finish()
            }
            draft.add(try reader.family(line, &words, in: "family"))
            // `inet4 unicast unicast;` is in the wild, and 3.4 takes it.
            while words.peek?.text == "unicast", words.peek?.line == words.currentLine {
                _ = words.next()
            }
            try words.finish()
        }
    }

    /// `ipv4 unicast`, refusing what is out of scope by its name.
    private func family(
        _ line: Statement, _ words: inout StatementReader, in place: String
    ) throws(ExaBGPFault) -> RouteFamily {
        guard let family = Self.addressFamilies[line.keyword.lowercased()] else {
            throw unknown(line, among: ["ipv4", "ipv6", "all"], in: place)
        }
        let kind = try words.require(line.keyword, "unicast").text.lowercased()
        guard kind == "unicast" else {
            if let what = Vocabulary.foreignSections[kind] {
                throw words.fault(
                    "\(line.keyword) \(kind) is out of scope (\(what)); Pharos announces unicast"
                        + " routes: take it out")
            }
            throw words.fault(
                "\(line.keyword) '\(kind)' is no family"
                    + Vocabulary.suggestion(for: kind, among: ["unicast"]))
        }
        return family
    }

    mutating func readCapabilities(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        try eachLine(statement) { reader, line, words throws(ExaBGPFault) in
            let keyword = Self.joined(line, &words)
            if keyword == "nexthop" {
                draft.nextHopCapability = try words.truth(keyword)
            } else if try !reader.applyCapability(keyword, &words, to: &draft) {
                throw reader.unknown(line, among: Vocabulary.capabilities, in: "capability")
            }
            try words.finish()
        }
    }

    mutating func readNextHopEncodings(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        try eachLine(statement) { reader, line, words throws(ExaBGPFault) in
            let family = try reader.family(line, &words, in: "nexthop")
            let text = try words.require("nexthop", "ipv4 or ipv6").text.lowercased()
            guard let nextHop = Self.addressFamilies[text] else {
                throw words.fault("nexthop '\(text)' is not ipv4 or ipv6")
            }
            draft.nextHopEncodings.append(
                ExaBGPNeighbor.NextHopEncoding(
                    family: family, nextHop: nextHop == .ipv4Unicast ? .v4 : .v6))
            try words.finish()
        }
    }

    mutating func readAddPathFamilies(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        try eachLine(statement) { reader, line, words throws(ExaBGPFault) in
            let family = try reader.family(line, &words, in: "add-path")
            if !draft.addPathFamilies.contains(family) { draft.addPathFamilies.append(family) }
            try words.finish()
        }
    }

    mutating func readStatic(_ statement: Statement, into draft: inout NeighborDraft) {
        for line in statement.block ?? [] {
            attempt { reader throws(ExaBGPFault) in
                let routes = RouteReader(file: reader.file)
                switch line.keyword {
                case "route":
                    draft.routes += try reader.naming(line) { () throws(ExaBGPFault) in
                        try routes.routes(line, leading: 1)
                    }
                case "attribute", "attributes":
                    draft.routes += try routes.attributeRoutes(line, leading: 1)
                default: throw reader.unknown(line, among: Vocabulary.routes, in: "static")
                }
            }
        }
    }

    mutating func readAnnounce(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        for section in try block(statement, words: 1) {
            attempt { reader throws(ExaBGPFault) in
                guard let family = Self.addressFamilies[section.keyword.lowercased()] else {
                    throw reader.unknown(section, among: ["ipv4", "ipv6"], in: "announce")
                }
                for line in try reader.block(section, words: 1) {
                    reader.attempt { reader throws(ExaBGPFault) in
                        draft.routes += try reader.announced(line, family, section.keyword)
                    }
                }
            }
        }
    }

    private func announced(
        _ line: Statement, _ family: RouteFamily, _ section: String
    ) throws(ExaBGPFault) -> [ExaBGPRoute] {
        guard line.keyword == "unicast" else {
            throw unknown(line, among: ["unicast"], in: "announce { \(section) }")
        }
        let routes = try naming(line) { () throws(ExaBGPFault) in
            try RouteReader(file: file).routes(line, leading: 1)
        }
        if let stranger = routes.first(where: { $0.family != family }) {
            throw fault(
                line.line,
                "\(stranger.prefix) does not belong in announce { \(section) }; move it to its own"
                    + " family")
        }
        return routes
    }

    /// A `;` that is missing between two routes reads as an unknown attribute on the next line.
    private func naming(
        _ line: Statement, _ body: () throws(ExaBGPFault) -> [ExaBGPRoute]
    ) throws(ExaBGPFault) -> [ExaBGPRoute] {
        for (word, next) in zip(line.words, line.words.dropFirst())
        where next.line > word.line && !next.isQuoted && next.text == line.keyword {
            throw fault(
                word.line, "';' is missing after '\(word.text)'; each statement ends in one")
        }
        return try body()
    }
}
