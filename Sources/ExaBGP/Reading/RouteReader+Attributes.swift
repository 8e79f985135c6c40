// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// What follows a prefix: attributes in any order.
extension RouteReader {
    private static let metrics: ClosedRange<UInt64> = 0...UInt64(UInt32.max)
    /// Octets of one attribute that is given by its number.
    private static let unparsedBytesMax = 4_000

    func attributes(
        _ reader: inout StatementReader, into draft: inout Draft
    ) throws(ExaBGPFault) {
        while !reader.isAtEnd { try attribute(&reader, into: &draft) }
    }

    func attribute(
        _ reader: inout StatementReader, into draft: inout Draft
    ) throws(ExaBGPFault) {
        guard let word = reader.next() else { return }
        if try plainAttribute(word.text, &reader, into: &draft) { return }
        if try listAttribute(word.text, &reader, into: &draft) { return }
        if try mark(word.text, &reader, into: &draft) { return }
        if let what = Vocabulary.foreignAttributes[word.text] {
            throw reader.fault(
                "'\(word.text)' is out of scope (\(what)); Pharos announces unicast routes: take"
                    + " the route out")
        }
        let suggestion = Vocabulary.suggestion(for: word.text, among: Vocabulary.attributes)
        throw reader.fault("'\(word.text)' is no attribute of a route\(suggestion)")
    }

    private func plainAttribute(
        _ keyword: String, _ reader: inout StatementReader, into draft: inout Draft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "next-hop": draft.nextHop = try nextHop(&reader)
        case "path-information": draft.pathIdentifier = try pathIdentifier(&reader)
        case "origin": draft.attributes.origin = try origin(&reader)
        case "med": draft.attributes.med = UInt32(try reader.number(keyword, in: Self.metrics))
        case "local-preference":
            draft.attributes.localPreference = UInt32(
                try reader.number(keyword, in: Self.metrics))
        case "atomic-aggregate": draft.attributes.atomicAggregate = true
        case "aggregator": draft.attributes.aggregator = try aggregator(&reader)
        case "originator-id": draft.attributes.originatorID = try identifier(keyword, &reader)
        case "aigp": draft.attributes.aigp = try aigp(&reader)
        default: return false
        }
        return true
    }

    private func listAttribute(
        _ keyword: String, _ reader: inout StatementReader, into draft: inout Draft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "as-path": draft.attributes.asPath = try asPath(&reader)
        case "community":
            draft.attributes.communities += try communities(&reader)
        case "large-community":
            for community in try largeCommunities(&reader)
            where !draft.attributes.largeCommunities.contains(community) {
                draft.attributes.largeCommunities.append(community)
            }
        case "extended-community":
            draft.attributes.extendedCommunities += try extendedCommunities(&reader)
        case "cluster-list": draft.attributes.clusterList = try clusterList(&reader)
        case "attribute": draft.attributes.unparsed.append(try unparsed(&reader))
        default: return false
        }
        return true
    }

    private func mark(
        _ keyword: String, _ reader: inout StatementReader, into draft: inout Draft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "name": draft.name = try reader.require(keyword, "a name").text
        case "split":
            let text = try reader.require(keyword, "a length, like /24").text
            guard text.hasPrefix("/"),
                let length = StatementReader.decimal(String(text.dropFirst())), length <= 128
            else { throw reader.fault("split '\(text)' is not a length; write one like /24") }
            draft.splitLength = Int(length)
        case "watchdog":
            let name = try reader.require(keyword, "a name").text
            guard !["announce", "withdraw"].contains(name.lowercased()) else {
                throw reader.fault(
                    "a watchdog cannot be named '\(name)'; give it another name, or put 'withdraw'"
                        + " after it")
            }
            draft.watchdog = name
        case "withdraw": draft.isWithdrawn = true
        default: return false
        }
        return true
    }

    private func nextHop(_ reader: inout StatementReader) throws(ExaBGPFault) -> NextHop {
        if let word = reader.peek, word.text.lowercased() == "self" {
            _ = reader.next()
            return .`self`
        }
        return .address(try reader.address("next-hop"))
    }

    private func pathIdentifier(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> UInt32 {
        let text = try reader.require("path-information", "a number or an IPv4 address").text
        if let number = StatementReader.decimal(text).flatMap({ UInt32(exactly: $0) }) {
            return number
        }
        guard let address = IPAddress(text), address.family == .v4 else {
            throw reader.fault("path-information '\(text)' is neither a number nor like 0.0.0.1")
        }
        return address.v4Bits
    }

    private func origin(_ reader: inout StatementReader) throws(ExaBGPFault) -> RouteOrigin {
        let text = try reader.require("origin", "igp, egp or incomplete").text
        switch text.lowercased() {
        case "igp": return .igp
        case "egp": return .egp
        case "incomplete": return .incomplete
        default: throw reader.fault("origin '\(text)' is not igp, egp or incomplete")
        }
    }

    private func aigp(_ reader: inout StatementReader) throws(ExaBGPFault) -> UInt64 {
        let text = try reader.require("aigp", "a number").text
        let value =
            text.lowercased().hasPrefix("0x")
            ? UInt64(text.dropFirst(2), radix: 16) : StatementReader.decimal(text)
        guard let value else { throw reader.fault("aigp '\(text)' is not a number") }
        return value
    }

    /// `( 65000:192.0.2.1 )`; the brackets may touch it, or be left out.
    private func aggregator(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> ExaBGPAttributes.Aggregator {
        let words = try reader.list("aggregator", "( AS:ADDRESS )")
        let text = words.map(\.text).joined()
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 1, parts.count == 2,
            let asn = StatementReader.systemNumber(parts[0]), let address = IPAddress(parts[1]),
            address.family == .v4
        else {
            throw reader.fault("aggregator '\(text)' is not like ( 65000:192.0.2.1 )")
        }
        return ExaBGPAttributes.Aggregator(asn: asn, address: address)
    }

    private func identifier(
        _ keyword: String, _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> IPAddress {
        let address = try reader.address(keyword)
        guard address.family == .v4 else {
            throw reader.fault("\(keyword) '\(address)' is not like 192.0.2.1")
        }
        return address
    }

    private func clusterList(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> [IPAddress] {
        var clusters: [IPAddress] = []
        for word in try reader.list("cluster-list", "[ CLUSTER … ]") {
            guard let address = IPAddress(word.text), address.family == .v4 else {
                throw reader.fault(
                    "cluster-list: '\(word.text)' is not like 192.0.2.1", at: word.line)
            }
            clusters.append(address)
        }
        guard !clusters.isEmpty else { throw reader.fault("the cluster-list is empty") }
        return clusters
    }

    /// `[ 0xCODE 0xFLAGS 0xDATA ]`.
    private func unparsed(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> ExaBGPAttributes.Unparsed {
        let words = try reader.list("attribute", "[ 0xCODE 0xFLAGS 0xDATA ]")
        let numbers = words.map { Self.octets($0.text) }
        guard numbers.count == 3, let code = numbers[0], code.count == 1, let flags = numbers[1],
            flags.count == 1, let data = numbers[2], data.count <= Self.unparsedBytesMax
        else {
            throw reader.fault(
                "attribute [ \(words.map(\.text).joined(separator: " ")) ] is not like"
                    + " [ 0x20 0xc0 0x0000000100000002 ]")
        }
        return ExaBGPAttributes.Unparsed(code: code[0], flags: flags[0], data: data)
    }

    /// Whole octets after `0x`.
    static func octets(_ text: String) -> [UInt8]? {
        guard text.lowercased().hasPrefix("0x") else { return nil }
        let digits = Array(text.utf8.dropFirst(2))
        guard digits.count % 2 == 0 else { return nil }
        var octets: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<(index + 2)], as: UTF8.self)
            guard pair.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let octet = UInt8(pair, radix: 16)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }
}
