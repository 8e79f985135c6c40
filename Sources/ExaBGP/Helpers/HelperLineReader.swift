// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Reads one line of ExaBGP's text API, of any version.
public struct HelperLineReader {
    private let words: [Word]
    private let file: String
    private let line: Int
    private var position = 0

    /// Reads a line; `nil` when it is empty.
    ///
    /// `helper` is what faults are told with, and `number` which of its lines it is.
    public static func read(
        _ text: String, helper: String, number: Int
    ) throws(ExaBGPFault) -> HelperRequest? {
        var words: [Word] = []
        for token in try Tokeniser.tokens(of: text, file: helper) {
            switch token {
            case .word(var word):
                word.line = number
                words.append(word)
            case .end: break
            case .open, .close:
                throw ExaBGPFault(
                    SourceLocation(file: helper, line: number),
                    "a command has no braces; write its attributes one after another")
            }
        }
        guard !words.isEmpty else {
            // A comment is a command that does nothing.
            guard text.contains("#") else { return nil }
            return HelperRequest(selectors: [], command: .nothing)
        }
        var reader = HelperLineReader(words: words, file: helper, line: number)
        let selectors = try reader.selectors()
        return HelperRequest(selectors: selectors, command: try reader.command())
    }

    private init(words: [Word], file: String, line: Int) {
        self.words = words
        self.file = file
        self.line = line
    }

    private var peek: String? { position < words.count ? words[position].text : nil }

    private mutating func next() -> String? {
        defer { position += 1 }
        return peek
    }

    private func fault(_ message: String) -> ExaBGPFault {
        ExaBGPFault(SourceLocation(file: file, line: line), message)
    }

    // MARK: Whom

    private mutating func selectors() throws(ExaBGPFault) -> [NeighborSelector] {
        var selectors: [NeighborSelector] = []
        while peek == "neighbor" || peek == "peer" {
            position += 1
            selectors.append(try selector())
            guard peek == "," else { break }
            position += 1
            guard peek == "neighbor" || peek == "peer" else {
                throw fault("a comma after a neighbor is followed by another neighbor")
            }
        }
        return selectors
    }

    private mutating func selector() throws(ExaBGPFault) -> NeighborSelector {
        var selector = NeighborSelector()
        guard let text = next() else { throw fault("'neighbor' needs an address, or *") }
        if text != "*" {
            guard let address = IPAddress(text) else {
                throw fault("neighbor '\(text)' is not an address, nor *")
            }
            selector.address = address
        }
        while let key = peek {
            switch key {
            case "local-ip", "local-address": selector.localAddress = try address(key)
            case "local-as": selector.localAS = try systemNumber(key)
            case "peer-as": selector.peerAS = try systemNumber(key)
            case "router-id": selector.routerID = try address(key)
            // Of sessions for one family each, which nobody has.
            case "family-allowed": position += 2
            default: return selector
            }
        }
        return selector
    }

    private mutating func address(_ key: String) throws(ExaBGPFault) -> IPAddress {
        position += 1
        guard let address = next().flatMap({ IPAddress($0) }) else {
            throw fault("\(key) needs an address")
        }
        return address
    }

    private mutating func systemNumber(_ key: String) throws(ExaBGPFault) -> UInt32 {
        position += 1
        guard let number = next().flatMap({ StatementReader.systemNumber($0) }) else {
            throw fault("\(key) needs an AS number")
        }
        return number
    }

    // MARK: What

    private static let commands = [
        "announce", "withdraw", "teardown", "show", "flush", "clear", "help", "version", "reload",
        "restart", "shutdown", "reset", "enable-ack", "disable-ack", "silence-ack", "ping",
    ]

    private mutating func command() throws(ExaBGPFault) -> HelperCommand {
        // The words of later versions that name a thing before what is done to it.
        if ["daemon", "session", "system", "api"].contains(peek) { position += 1 }
        guard let word = next() else { throw fault("the line names no command") }
        switch word {
        case "announce": return try announce(isWithdraw: false)
        case "withdraw": return try announce(isWithdraw: true)
        case "show", "rib": return try show(word)
        case "ack": return try acknowledgement()
        case "enable-ack": return .answers(.on)
        case "disable-ack": return .answers(.off)
        case "silence-ack": return .answers(.silent)
        case "clear": return peek == "adj-rib" ? try clear() : .nothing
        case "flush", "ping", "status", "debug", "reset", "group", "eor", "route-refresh":
            return .nothing
        case "teardown": return .tearDown
        case "help": return .help
        case "version": return .version
        case "reload": return .reload
        case "shutdown", "restart", "crash":
            throw fault(
                "a program may not \(word) Pharos, which does more than it; use systemctl, or"
                    + " 'reload'")
        case "operational": throw fault("'operational' is out of scope (operational messages)")
        default:
            throw fault(
                "'\(word)' is no command"
                    + Vocabulary.suggestion(for: word, among: Self.commands))
        }
    }

    private mutating func announce(isWithdraw: Bool) throws(ExaBGPFault) -> HelperCommand {
        let verb = isWithdraw ? "withdraw" : "announce"
        guard let what = peek else { throw fault("'\(verb)' needs what, like a route") }
        switch what {
        case "watchdog":
            position += 1
            let name = next()
            return isWithdraw ? .withdrawWatchdog(name) : .announceWatchdog(name)
        case "eor", "route-refresh": return .nothing
        case "route", "unicast", "attribute", "attributes": break
        case "ipv4", "ipv6":
            position += 1
            guard peek == "unicast" else {
                let kind = peek ?? ""
                let why = Vocabulary.foreignSections[kind].map { " is out of scope (\($0))" }
                throw fault("\(what) '\(kind)'\(why ?? " is no family; write \(what) unicast")")
            }
        default:
            if let why = Vocabulary.foreignSections[what] {
                throw fault("'\(what)' is out of scope (\(why)); Pharos announces unicast routes")
            }
            throw fault(
                "'\(verb) \(what)' is no command"
                    + Vocabulary.suggestion(
                        for: what, among: ["route", "attributes", "watchdog", "ipv4", "ipv6"]))
        }
        let routes = try routes(isWithdraw)
        if what == "ipv4" || what == "ipv6" {
            let family: RouteFamily = what == "ipv4" ? .ipv4Unicast : .ipv6Unicast
            if let stranger = routes.first(where: { $0.family != family }) {
                throw fault("\(stranger.prefix) is not \(what)")
            }
        }
        return isWithdraw ? .withdraw(routes) : .announce(routes)
    }

    private func routes(_ isWithdraw: Bool) throws(ExaBGPFault) -> [ExaBGPRoute] {
        let statement = Statement(words: Array(words[position...]), line: line)
        var reader = RouteReader(file: file)
        reader.requiresNextHop = !isWithdraw
        return statement.keyword.hasPrefix("attribute")
            ? try reader.attributeRoutes(statement, leading: 1)
            : try reader.routes(statement, leading: 1)
    }

    private mutating func show(_ word: String) throws(ExaBGPFault) -> HelperCommand {
        if word == "rib", peek == "flush" { return .nothing }
        if word == "rib", peek == "clear" { return words.last?.text == "in" ? .nothing : .clear }
        if word == "rib", peek == "show" { position += 1 }
        let rest = words[position...].map(\.text)
        switch rest.first {
        case "neighbor", "neighbors":
            return .showNeighbors(
                isJSON: rest.contains("json"), isSummary: rest.contains("summary"))
        case "adj-rib" where rest.dropFirst().first == "in", "in": return .showNothing
        case "adj-rib", "routes", "out":
            return .showRoutes(isExtensive: rest.contains("extensive"))
        default:
            throw fault("'show \(rest.first ?? "")' is no command; show neighbor, or adj-rib out")
        }
    }

    private mutating func clear() throws(ExaBGPFault) -> HelperCommand {
        position += 1
        return peek == "in" ? .nothing : .clear
    }

    private mutating func acknowledgement() throws(ExaBGPFault) -> HelperCommand {
        switch next() {
        case "enable", "on": return .answers(.on)
        case "disable", "off": return .answers(.off)
        case "silence": return .answers(.silent)
        default: throw fault("'ack' is followed by enable, disable or silence")
        }
    }
}
