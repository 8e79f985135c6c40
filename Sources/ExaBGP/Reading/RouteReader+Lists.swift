// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// AS paths and the three kinds of communities.
extension RouteReader {
    /// `65000`, `[ 65000 65001 ]`, or with sets: `[ 65000 ( 65001 65002 ) ]`.
    func asPath(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> [ExaBGPAttributes.PathSegment] {
        guard let first = reader.peek, first.isSign("[") else {
            return [
                .sequence([try systemNumber(try reader.require("as-path", "AS numbers"), reader)])
            ]
        }
        _ = reader.next()
        var segments: [ExaBGPAttributes.PathSegment] = []
        var sequence: [UInt32] = []
        while let word = reader.next() {
            if word.isSign("]") {
                if !sequence.isEmpty { segments.append(.sequence(sequence)) }
                return segments
            }
            if word.isSign(",") { continue }
            if word.isSign("(") || word.isSign("[") {
                if !sequence.isEmpty { segments.append(.sequence(sequence)) }
                sequence = []
                segments.append(.set(try pathSet(&reader, closing: word.text == "(" ? ")" : "]")))
                continue
            }
            sequence.append(try systemNumber(word, reader))
        }
        throw reader.fault("the as-path is not closed; add ']'")
    }

    private func pathSet(
        _ reader: inout StatementReader, closing: String
    ) throws(ExaBGPFault) -> [UInt32] {
        var members: [UInt32] = []
        while let word = reader.next() {
            if word.isSign(closing) { return members }
            if !word.isSign(",") { members.append(try systemNumber(word, reader)) }
        }
        throw reader.fault("the set in the as-path is not closed; add '\(closing)'")
    }

    private func systemNumber(
        _ word: Word, _ reader: StatementReader
    ) throws(ExaBGPFault) -> UInt32 {
        guard let number = StatementReader.systemNumber(word.text) else {
            throw reader.fault(
                "as-path: '\(word.text)' is not an AS number"
                    + (word.text.hasPrefix("confed")
                        ? "; confederations are out of scope: take the route out" : ""),
                at: word.line)
        }
        return number
    }

    func communities(_ reader: inout StatementReader) throws(ExaBGPFault) -> [Community] {
        var communities: [Community] = []
        for word in try reader.list("community", "a community") {
            guard let community = Self.community(word.text) else {
                throw reader.fault(
                    "community '\(word.text)' is not like 65000:1, 0xfde80001 or no-export",
                    at: word.line)
            }
            communities.append(community)
        }
        return communities
    }

    private static func community(_ text: String) -> Community? {
        if text.lowercased().hasPrefix("0x") {
            guard let octets = UInt32(text.dropFirst(2), radix: 16) else { return nil }
            return Community(rawValue: octets)
        }
        if let number = StatementReader.decimal(text) {
            return UInt32(exactly: number).map { Community(rawValue: $0) }
        }
        return Community(text)
    }

    func largeCommunities(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> [LargeCommunity] {
        var communities: [LargeCommunity] = []
        for word in try reader.list("large-community", "a large community") {
            guard let community = LargeCommunity(word.text) else {
                throw reader.fault(
                    "large-community '\(word.text)' is not like 4200000000:1:2", at: word.line)
            }
            communities.append(community)
        }
        return communities
    }

    func extendedCommunities(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> [UInt64] {
        var communities: [UInt64] = []
        for word in try reader.list("extended-community", "an extended community") {
            if let foreign = Self.foreignCommunities.first(where: { word.text.hasPrefix($0) }) {
                throw reader.fault(
                    "extended-community \(foreign) is out of scope (flow specification and layer 2"
                        + " VPNs); take it out", at: word.line)
            }
            guard let community = Self.extendedCommunity(word.text) else {
                throw reader.fault(
                    "extended-community '\(word.text)' is not like target:65000:1, origin:65000:1"
                        + " or 0x0002fde800000001", at: word.line)
            }
            communities.append(community)
        }
        return communities
    }

    private static let foreignCommunities = ["redirect", "l2info", "copy-to-nexthop", "mup"]

    /// RFC 4360 §3 and §4, RFC 5668; `bandwidth:AS:BYTES` is draft-ietf-idr-link-bandwidth.
    private static func extendedCommunity(_ text: String) -> UInt64? {
        if text.lowercased().hasPrefix("0x") {
            guard let octets = octets(text), octets.count == 8 else { return nil }
            return octets.reduce(0) { $0 << 8 | UInt64($1) }
        }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 { parts.insert("target", at: 0) }
        guard parts.count == 3 else { return nil }
        switch parts[0].lowercased() {
        case "target", "rt": return numbered(2, parts[1], parts[2], isLong: false)
        case "target4": return numbered(2, parts[1], parts[2], isLong: true)
        case "origin", "soo": return numbered(3, parts[1], parts[2], isLong: false)
        case "origin4": return numbered(3, parts[1], parts[2], isLong: true)
        case "bandwidth":
            guard let asn = UInt16(parts[1]), let bytes = Float(parts[2]), bytes >= 0,
                bytes.isFinite
            else { return nil }
            return 0x4004 << 48 | UInt64(asn) << 32 | UInt64(bytes.bitPattern)
        default: return nil
        }
    }

    /// The two-octet form where the AS number allows it, the four-octet form for a larger one or an
    /// `L` after it, the address form for an address.
    private static func numbered(
        _ subtype: UInt64, _ administrator: String, _ local: String, isLong: Bool
    ) -> UInt64? {
        // ExaBGP writes type 0 before an address, which a router reads as an AS; RFC 4360 §3.2 has 1.
        if let address = IPAddress(administrator), address.family == .v4 {
            guard let value = UInt16(local) else { return nil }
            return 1 << 56 | subtype << 48 | UInt64(address.v4Bits) << 16 | UInt64(value)
        }
        let marked = administrator.uppercased().hasSuffix("L")
        guard let asn = UInt32(marked ? String(administrator.dropLast()) : administrator) else {
            return nil
        }
        if !isLong, !marked, let short = UInt16(exactly: asn) {
            let value = IPAddress(local).flatMap { $0.family == .v4 ? $0.v4Bits : nil }
            guard let value = value ?? UInt32(local) else { return nil }
            return subtype << 48 | UInt64(short) << 32 | UInt64(value)
        }
        guard let value = UInt16(local) else { return nil }
        return 2 << 56 | subtype << 48 | UInt64(asn) << 16 | UInt64(value)
    }
}
