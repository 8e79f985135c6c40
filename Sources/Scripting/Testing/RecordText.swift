// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire

/// Reads RDATA as a zone file writes it, for the types whose fields checks see.
struct RecordText {
    let call: String
    let type: DNSType

    func data(_ text: String) throws(ArgumentError) -> RecordData {
        let words = text.split(separator: " ").map(String.init)
        switch type {
        case .a, .aaaa:
            guard let address = IPAddress(text), (address.family == .v4) == (type == .a) else {
                throw wrong(text, "an address")
            }
            return .address(address)
        case .ns, .cname, .ptr, .dname: return .name(try name(text))
        case .txt: return .text(try strings(text))
        case .mx:
            guard words.count == 2 else { throw wrong(text, "PREFERENCE EXCHANGE") }
            return .mailExchange(
                preference: try number(words[0], text), exchange: try name(words[1]))
        case .srv:
            guard words.count == 4 else { throw wrong(text, "PRIORITY WEIGHT PORT TARGET") }
            return .service(
                priority: try number(words[0], text), weight: try number(words[1], text),
                port: try number(words[2], text), target: try name(words[3]))
        case .soa: return .startOfAuthority(try startOfAuthority(words, text))
        case .caa:
            guard words.count >= 3 else { throw wrong(text, "FLAGS TAG VALUE") }
            let value = words[2...].joined(separator: " ").filter { $0 != "\"" }
            return .certificationAuthority(
                flags: try number(words[0], text), tag: Array(words[1].utf8),
                value: Array(value.utf8))
        default: return .raw(try octets(words, text))
        }
    }

    private func startOfAuthority(
        _ words: [String], _ text: String
    ) throws(ArgumentError) -> RecordData.StartOfAuthority {
        guard words.count == 7 else {
            throw wrong(text, "MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM")
        }
        return RecordData.StartOfAuthority(
            primary: try name(words[0]), mailbox: try name(words[1]),
            serial: try number(words[2], text), refreshSeconds: try number(words[3], text),
            retrySeconds: try number(words[4], text), expireSeconds: try number(words[5], text),
            minimumSeconds: try number(words[6], text))
    }

    /// `\# LENGTH HEX`, the form of RFC 3597 §5 for types nobody knows.
    private func octets(_ words: [String], _ text: String) throws(ArgumentError) -> [UInt8] {
        let digits = words.dropFirst(2).joined()
        guard words.count >= 2, words[0] == "\\#", let count = Int(words[1]),
            digits.utf8.count == 2 * count
        else { throw wrong(text, "\\# LENGTH and hexadecimal digits") }
        var octets: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            guard let octet = UInt8(rest.prefix(2), radix: 16) else {
                throw wrong(text, "\\# LENGTH and hexadecimal digits")
            }
            octets.append(octet)
            rest = rest.dropFirst(2)
        }
        return octets
    }

    /// One string, or several in double quotes.
    private func strings(_ text: String) throws(ArgumentError) -> [[UInt8]] {
        guard text.contains("\"") else { return [Array(text.utf8)] }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        // Outside and inside alternate; the first and the last are outside.
        guard parts.count % 2 == 1 else { throw wrong(text, "text in pairs of quotes") }
        return parts.indices.filter { $0 % 2 == 1 }.map { Array(parts[$0].utf8) }
    }

    private func name(_ text: String) throws(ArgumentError) -> DNSName {
        try TestQuery.name(text, call: call)
    }

    private func number<Number: FixedWidthInteger>(
        _ word: String, _ text: String
    ) throws(ArgumentError) -> Number {
        guard let number = Number(word) else { throw wrong(text, "numbers where they belong") }
        return number
    }

    private func wrong(_ text: String, _ wanted: String) -> ArgumentError {
        ArgumentError(
            "\(call): data of a record of type \(type.name) must be \(wanted), not '\(text)'")
    }
}
