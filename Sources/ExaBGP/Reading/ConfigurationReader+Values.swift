// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// A neighbour's values: one keyword, one value, one `;`.
extension ConfigurationReader {
    /// 0 is "never expires"; 1 and 2 are forbidden (RFC 4271 §4.2).
    private static let holdTimes: ClosedRange<UInt64> = 0...65_535
    private static let ports: ClosedRange<UInt64> = 1...65_535
    /// Twelve bits (RFC 4724 §3).
    private static let restartSeconds: ClosedRange<UInt64> = 0...4_095

    mutating func applyValue(
        _ statement: Statement, to draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        var reader = StatementReader(
            statement.words, file: file, line: statement.line, skipping: 1)
        let keyword = Self.joined(statement, &reader)
        noteOverride(keyword, statement, &draft)
        var isKnown = try applyIdentity(keyword, &reader, to: &draft)
        if !isKnown { isKnown = try applySession(keyword, &reader, to: &draft) }
        if !isKnown { isKnown = try applyTransport(keyword, &reader, to: &draft) }
        if !isKnown { isKnown = try applyFlag(keyword, &reader, to: &draft) }
        if !isKnown { isKnown = try applyCapability(keyword, &reader, to: &draft) }
        guard isKnown else {
            let isBlock = Vocabulary.neighborBlocks.contains(keyword)
            throw isBlock
                ? fault(
                    statement.line,
                    "'\(keyword)' needs a block; write its settings between '{' and '}'")
                : unknown(statement, among: Vocabulary.neighborValues, in: "neighbor")
        }
        try reader.finish()
    }

    /// Some files write `route refresh` with a blank.
    static func joined(_ statement: Statement, _ reader: inout StatementReader) -> String {
        guard statement.keyword == "route", reader.peek?.text == "refresh" else {
            return statement.keyword
        }
        _ = reader.next()
        return "route-refresh"
    }

    /// In ExaBGP 4 a template outweighs the neighbour that inherits it, which nobody expects.
    private mutating func noteOverride(
        _ keyword: String, _ statement: Statement, _ draft: inout NeighborDraft
    ) {
        if draft.level == .neighbor, let origin = draft.origins[keyword],
            case .template(let name) = origin.level
        {
            note(
                statement.line,
                "\(keyword) is set here and in template '\(name)' (\(origin.location)); this one"
                    + " holds, where ExaBGP 4 would take the template's")
        }
        draft.origins[keyword] = NeighborDraft.Origin(
            level: draft.level, location: SourceLocation(file: file, line: statement.line))
    }

    private func applyIdentity(
        _ keyword: String, _ reader: inout StatementReader, to draft: inout NeighborDraft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "description":
            guard !reader.isAtEnd else { throw reader.fault("'description' has no text") }
            var words: [String] = []
            while let word = reader.next() { words.append(word.text) }
            draft.description = words.joined(separator: " ")
        case "host-name": draft.hostName = try reader.require(keyword, "a name").text
        case "domain-name": draft.domainName = try reader.require(keyword, "a name").text
        case "router-id":
            let address = try reader.address(keyword)
            guard address.family == .v4, !address.isUnspecified else {
                throw reader.fault(
                    "router-id '\(address)' is not an IPv4 address other than 0.0.0.0")
            }
            draft.routerID = address.v4Bits
        case "local-as": draft.localAS = try systemNumber(keyword, &reader)
        case "peer-as": draft.peerAS = try systemNumber(keyword, &reader)
        default: return false
        }
        return true
    }

    private func systemNumber(
        _ keyword: String, _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> ExaBGPNeighbor.SystemNumber {
        let text = try reader.require(keyword, "an AS number").text
        if text == "auto" { return .automatic }
        // AS 0 is never a speaker's (RFC 7607).
        guard let number = StatementReader.systemNumber(text), number > 0 else {
            throw reader.fault("\(keyword) '\(text)' is not an AS number; write one like 64500")
        }
        return .number(number)
    }

    private func applySession(
        _ keyword: String, _ reader: inout StatementReader, to draft: inout NeighborDraft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "hold-time":
            let seconds = try reader.number(keyword, in: Self.holdTimes)
            guard seconds == 0 || seconds >= 3 else {
                throw reader.fault("hold-time \(seconds) is not possible; give 0, or 3 and more")
            }
            draft.holdTimeSeconds = Int(seconds)
        case "rate-limit":
            if let word = reader.peek, ["disable", "disabled"].contains(word.text.lowercased()) {
                _ = reader.next()
                draft.rateLimit = nil
            } else {
                draft.rateLimit = Int(try reader.number(keyword, in: 1...1_000_000))
            }
        case "graceful-restart": draft.gracefulRestart = try gracefulRestart(&reader)
        default: return false
        }
        return true
    }

    /// Nothing is the hold time; 0 too, as ExaBGP has it.
    private func gracefulRestart(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> NeighborDraft.GracefulRestart {
        guard let word = reader.peek else { return .holdTime }
        if let truth = StatementReader.truths[word.text.lowercased()] {
            _ = reader.next()
            return truth ? .holdTime : .off
        }
        let seconds = try reader.number("graceful-restart", in: Self.restartSeconds)
        return seconds == 0 ? .holdTime : .seconds(Int(seconds))
    }

    private func applyTransport(
        _ keyword: String, _ reader: inout StatementReader, to draft: inout NeighborDraft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "local-address":
            if reader.peek?.text == "auto" {
                _ = reader.next()
                draft.localAddress = .some(nil)
            } else {
                draft.localAddress = .some(try reader.address(keyword))
            }
        case "local-link-local": _ = try reader.address(keyword)
        case "peer-address": draft.peer = IPPrefix(host: try reader.address(keyword))
        case "source-interface":
            draft.sourceInterface = try reader.require(keyword, "an interface").text
        case "listen": draft.listenPort = UInt16(try reader.number(keyword, in: Self.ports))
        case "connect": draft.connectPort = UInt16(try reader.number(keyword, in: Self.ports))
        case "outgoing-ttl": draft.outgoingTTL = try ttl(keyword, &reader)
        case "incoming-ttl", "ttl-security": draft.incomingTTL = try ttl(keyword, &reader)
        case "md5-password", "md5":
            draft.md5Password = try reader.require(keyword, "the password in quotes").text
        case "md5-base64": draft.md5Base64 = try base64(&reader)
        case "md5-ip": draft.md5Address = try reader.address(keyword)
        default: return false
        }
        return true
    }

    private func ttl(
        _ keyword: String, _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> UInt8? {
        if let word = reader.peek, StatementReader.truths[word.text.lowercased()] == false {
            _ = reader.next()
            return nil
        }
        return UInt8(try reader.number(keyword, in: 0...255))
    }

    private func base64(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> ExaBGPNeighbor.Base64 {
        if reader.peek?.text == "auto" {
            _ = reader.next()
            return .automatic
        }
        return try reader.truth("md5-base64") ? .yes : .no
    }

    private func applyFlag(
        _ keyword: String, _ reader: inout StatementReader, to draft: inout NeighborDraft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "passive": draft.passive = try reader.truth(keyword)
        case "group-updates": draft.groupUpdates = try reader.truth(keyword)
        case "auto-flush": draft.autoFlush = try reader.truth(keyword)
        case "adj-rib-in": draft.adjRIBIn = try reader.truth(keyword)
        case "adj-rib-out": draft.adjRIBOut = try reader.truth(keyword)
        case "manual-eor": draft.manualEndOfRIB = try reader.truth(keyword)
        default: return false
        }
        return true
    }

    /// Those of `capability { … }`; 3.4 has them in the neighbour itself.
    mutating func applyCapability(
        _ keyword: String, _ reader: inout StatementReader, to draft: inout NeighborDraft
    ) throws(ExaBGPFault) -> Bool {
        switch keyword {
        case "asn4": draft.capabilities.asn4 = try reader.truth(keyword)
        case "route-refresh": draft.capabilities.routeRefresh = try reader.truth(keyword)
        case "extended-message": draft.capabilities.extendedMessage = try reader.truth(keyword)
        case "software-version": draft.capabilities.softwareVersion = try reader.truth(keyword)
        case "link-local-nexthop":
            draft.capabilities.linkLocalNextHop = try reader.truth(keyword)
        case "graceful-restart": draft.gracefulRestart = try gracefulRestart(&reader)
        case "add-path": draft.capabilities.addPath = try addPath(&reader)
        case "multi-session":
            draft.capabilities.multiSession = try reader.truth(keyword)
            noteIdle(keyword, draft.capabilities.multiSession, reader.currentLine)
        case "operational":
            draft.capabilities.operational = try reader.truth(keyword)
            noteIdle(keyword, draft.capabilities.operational, reader.currentLine)
        case "aigp":
            draft.capabilities.aigp = try reader.truth(keyword)
            noteIdle(keyword, draft.capabilities.aigp, reader.currentLine)
        default: return false
        }
        return true
    }

    private mutating func noteIdle(_ keyword: String, _ isOn: Bool, _ line: Int) {
        guard isOn else { return }
        note(line, "\(keyword) has no effect: no router needs it for unicast routes")
    }

    private func addPath(
        _ reader: inout StatementReader
    ) throws(ExaBGPFault) -> ExaBGPCapabilities.AddPath? {
        let text = try reader.require("add-path", "send, receive or send/receive").text.lowercased()
        switch text {
        case "disable", "disabled", "false": return nil
        case "receive/send", "enable", "enabled", "true": return .both
        default: break
        }
        guard let value = ExaBGPCapabilities.AddPath(rawValue: text) else {
            throw reader.fault(
                "add-path '\(text)' is not disable, send, receive or send/receive")
        }
        return value
    }
}
