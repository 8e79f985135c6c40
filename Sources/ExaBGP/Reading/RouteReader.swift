// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Reads routes: a line `route PREFIX …`, the same with a block, and `attributes … nlri PREFIX …`.
struct RouteReader {
    /// Prefixes that one `split` may make.
    private static let splitsMax = 65_536

    /// What is gathered before it is known which prefixes it is for.
    struct Draft {
        var pathIdentifier: UInt32?
        var nextHop: NextHop?
        var attributes = ExaBGPAttributes()
        var name: String?
        var watchdog: String?
        var isWithdrawn = false
        var splitLength: Int?
    }

    let file: String
    /// An announcement must say where its traffic goes; a withdraw need not.
    var requiresNextHop = true

    /// `route PREFIX attribute value …` or `route PREFIX { attribute value; … }`.
    ///
    /// `leading` is how many words come before the prefix.
    func routes(
        _ statement: Statement, leading: Int
    ) throws(ExaBGPFault) -> [ExaBGPRoute] {
        var reader = StatementReader(
            statement.words, file: file, line: statement.line, skipping: leading)
        let prefix = try prefix(&reader, after: statement.keyword)
        var draft = Draft()
        try attributes(&reader, into: &draft)
        for inner in statement.block ?? [] {
            guard inner.block == nil else {
                throw reader.fault(
                    "'\(inner.keyword)' of a route takes no '{'; end it with ';'", at: inner.line)
            }
            var inside = StatementReader(inner.words, file: file, line: inner.line)
            try attributes(&inside, into: &draft)
        }
        return try routes(draft, [prefix], at: statement.line)
    }

    /// `attributes attribute value … nlri PREFIX PREFIX …`.
    func attributeRoutes(
        _ statement: Statement, leading: Int
    ) throws(ExaBGPFault) -> [ExaBGPRoute] {
        guard statement.block == nil else {
            throw fault(statement.line, "'\(statement.keyword)' takes no '{'; end it with ';'")
        }
        var reader = StatementReader(
            statement.words, file: file, line: statement.line, skipping: leading)
        var draft = Draft()
        while let word = reader.peek, word.isQuoted || word.text != "nlri" {
            try attribute(&reader, into: &draft)
        }
        guard reader.next() != nil else {
            throw reader.fault(
                "'\(statement.keyword)' names no prefix; end it with nlri and the prefixes")
        }
        var prefixes: [IPPrefix] = []
        while !reader.isAtEnd { prefixes.append(try prefix(&reader, after: "nlri")) }
        guard !prefixes.isEmpty else { throw reader.fault("'nlri' has no value; give prefixes") }
        return try routes(draft, prefixes, at: statement.line)
    }

    private func routes(
        _ draft: Draft, _ prefixes: [IPPrefix], at line: Int
    ) throws(ExaBGPFault) -> [ExaBGPRoute] {
        if requiresNextHop, draft.nextHop == nil {
            throw fault(
                line, "route \(prefixes[0]) has no next-hop; give an address, or next-hop self")
        }
        var routes: [ExaBGPRoute] = []
        for prefix in prefixes {
            for part in try split(prefix, draft.splitLength, at: line) {
                var route = ExaBGPRoute(
                    prefix: part, location: SourceLocation(file: file, line: line))
                route.pathIdentifier = draft.pathIdentifier
                route.nextHop = draft.nextHop
                route.attributes = draft.attributes
                route.name = draft.name
                route.watchdog = draft.watchdog
                route.isWithdrawn = draft.isWithdrawn
                routes.append(route)
            }
        }
        return routes
    }

    /// `split /24` of a /22 makes four; of what is as small already, one.
    private func split(
        _ prefix: IPPrefix, _ length: Int?, at line: Int
    ) throws(ExaBGPFault) -> [IPPrefix] {
        guard let length, length > Int(prefix.length) else { return [prefix] }
        let width = prefix.address.bitWidth
        guard length <= width else {
            throw fault(line, "split /\(length) is longer than /\(width), one address")
        }
        let doublings = length - Int(prefix.length)
        guard doublings < Int.bitWidth - 1, 1 << doublings <= Self.splitsMax else {
            throw fault(
                line,
                "split /\(length) of \(prefix) makes more than \(Self.splitsMax) routes;"
                    + " split less")
        }
        return (0..<(1 << doublings)).compactMap { index in
            IPPrefix(
                masking: prefix.address.adding(UInt64(index), shiftedBy: width - length),
                length: length)
        }
    }

    /// A prefix without host bits; without a length, one host's.
    func prefix(
        _ reader: inout StatementReader, after keyword: String
    ) throws(ExaBGPFault) -> IPPrefix {
        let text = try reader.require(keyword, "a prefix, like 192.0.2.53/32").text
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = parts.first.flatMap({ IPAddress($0) }) else {
            throw reader.fault(
                "'\(text)' is not a prefix; write one like 192.0.2.53/32 or 2001:db8::53/128")
        }
        guard parts.count == 2 else { return IPPrefix(host: address) }
        guard let length = StatementReader.decimal(String(parts[1])),
            let prefix = IPPrefix(masking: address, length: Int(min(length, 255)))
        else {
            throw reader.fault(
                "'\(text)' is not a prefix; its length is a number up to \(address.bitWidth)")
        }
        guard prefix.address == address else {
            throw reader.fault(
                "\(text) has host bits set; write \(prefix), or \(IPPrefix(host: address)) for"
                    + " the one address")
        }
        return prefix
    }

    private func fault(_ line: Int, _ message: String) -> ExaBGPFault {
        ExaBGPFault(SourceLocation(file: file, line: line), message)
    }
}

extension IPAddress {
    /// The address with a number added above its last `shift` bits.
    fileprivate func adding(_ number: UInt64, shiftedBy shift: Int) -> IPAddress {
        switch family {
        case .v4: return IPAddress(v4: v4Bits &+ UInt32(truncatingIfNeeded: number << shift))
        case .v6:
            guard shift < 64 else {
                return IPAddress(v6High: high &+ number << UInt64(shift - 64), v6Low: low)
            }
            let (sum, overflow) = low.addingReportingOverflow(number << UInt64(shift))
            let above = shift == 0 ? 0 : number >> UInt64(64 - shift)
            return IPAddress(v6High: high &+ above &+ (overflow ? 1 : 0), v6Low: sum)
        }
    }
}
