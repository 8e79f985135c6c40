// SPDX-License-Identifier: Apache-2.0

import Addressing
public import Declarations

/// Reads the arguments of `exabgp healthcheck`, as its own parser takes them: `--name value`,
/// `--name=value`, `-nvalue`, letters together (`-sd`) and unambiguous beginnings of long names.
public enum HealthcheckArguments {
    /// Long name to short letter; those that take no value.
    private static let flags: [String: Character?] = [
        "debug": "d", "silent": "s", "no-syslog": nil, "sudo": nil, "no-ack": "a",
        "deaggregate-networks": nil, "no-ip-setup": nil, "dynamic-ip-setup": nil,
        "label-exact-match": nil, "withdraw-on-down": nil, "debounce": nil,
    ]
    private static let values: [String: Character?] = [
        "syslog-facility": nil, "name": "n", "config": "F", "pid": "p", "user": nil, "group": nil,
        "interval": "i", "fast-interval": "f", "timeout": "t", "rise": nil, "fall": nil,
        "disable": nil, "command": "c", "cmd": nil, "next-hop": "N", "ip": nil, "ip-ifname": nil,
        "local-preference": nil, "label": nil, "start-ip": nil, "up-metric": nil,
        "down-metric": nil, "disabled-metric": nil, "increase": nil, "community": nil,
        "extended-community": nil, "large-community": nil, "disabled-community": nil,
        "as-path": nil, "up-as-path": nil, "down-as-path": nil, "disabled-as-path": nil,
        "path-id": nil, "neighbor": nil, "execute": nil, "up-execute": nil, "down-execute": nil,
        "disabled-execute": nil,
    ]

    /// One option with its value, and where it was given.
    struct Option {
        var name: String
        var value: String?
        var location: SourceLocation
    }

    /// Files within files are no file's.
    private static let fileBytesMax = 1 << 20

    /// Reads what follows `healthcheck` on a `run` line.
    ///
    /// A file that `--config` names is given by `readFile`; its options come first, so that those of
    /// the line outweigh them.
    public static func options(
        _ arguments: [String], at location: SourceLocation,
        readFile: (String) -> String?
    ) throws(ExaBGPFault) -> HealthcheckOptions {
        let given = try parse(arguments, at: location)
        var options: [Option] = []
        if let file = given.last(where: { $0.name == "config" })?.value {
            guard let text = readFile(file) else {
                throw ExaBGPFault(location, "--config '\(file)' cannot be read")
            }
            options = try fileOptions(text, file: file)
        }
        options += given.filter { $0.name != "config" }
        return try HealthcheckReader.read(options, at: location)
    }

    /// The arguments after `healthcheck`, where a `run` line starts ExaBGP's application:
    /// `python3 -m exabgp healthcheck …`, `exabgp healthcheck …`, `…/healthcheck[.py] …`.
    public static func recognise(_ run: [String]) -> [String]? {
        var words = run[...]
        if base(words.first) == "env" {
            words = words.dropFirst().drop { $0.contains("=") || $0.hasPrefix("-") }
        }
        let isPython = base(words.first).hasPrefix("python")
        if isPython {
            words = words.dropFirst().drop { $0.hasPrefix("-") && $0 != "-m" }
            if words.first == "-m" {
                words = words.dropFirst()
                if words.first == "exabgp.application.healthcheck" {
                    return Array(words.dropFirst())
                }
                guard ["exabgp", "exabgp.application"].contains(words.first) else { return nil }
                words = words.dropFirst()
                return words.first == "healthcheck" ? Array(words.dropFirst()) : nil
            }
        }
        switch base(words.first) {
        case "exabgp":
            words = words.dropFirst()
            return words.first == "healthcheck" ? Array(words.dropFirst()) : nil
        case "healthcheck", "healthcheck.py", "exabgp-healthcheck":
            return Array(words.dropFirst())
        default: return nil
        }
    }

    private static func base(_ path: String?) -> String {
        path?.split(separator: "/").last.map(String.init) ?? ""
    }

    // MARK: The file

    /// Each line is an option without its dashes: `name = value`, or a word alone.
    static func fileOptions(_ text: String, file: String) throws(ExaBGPFault) -> [Option] {
        guard text.utf8.count <= fileBytesMax else {
            throw ExaBGPFault(
                SourceLocation(file: file, line: 1), "the file is larger than 1 MiB")
        }
        var options: [Option] = []
        for (index, raw) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        ).enumerated() {
            let line = trimmed(raw)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let location = SourceLocation(file: file, line: index + 1)
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try longName(trimmed(parts[0]), at: location)
            let value = parts.count == 2 ? trimmed(parts[1]) : nil
            try requireShape(name, value, at: location)
            guard name != "config" else {
                throw ExaBGPFault(location, "'config' does not belong in the file itself")
            }
            options.append(Option(name: name, value: value, location: location))
        }
        return options
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        var part = Substring(text)
        while part.first?.isWhitespace == true { part.removeFirst() }
        while part.last?.isWhitespace == true { part.removeLast() }
        return String(part)
    }

    // MARK: The line

    static func parse(
        _ arguments: [String], at location: SourceLocation
    ) throws(ExaBGPFault) -> [Option] {
        var options: [Option] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument.hasPrefix("--") {
                let parts = argument.dropFirst(2).split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = try longName(String(parts.first ?? ""), at: location)
                var value = parts.count == 2 ? String(parts[1]) : nil
                if value == nil, values.keys.contains(name) { value = rest.popFirst() }
                try requireShape(name, value, at: location)
                options.append(Option(name: name, value: value, location: location))
            } else if argument.hasPrefix("-"), argument.utf8.count > 1 {
                options += try letters(argument.dropFirst(), &rest, at: location)
            } else {
                throw ExaBGPFault(
                    location,
                    "healthcheck: '\(argument)' is no option; put it in quotes with what"
                        + " it belongs to, or take it out")
            }
        }
        return options
    }

    private static func letters(
        _ letters: Substring, _ rest: inout ArraySlice<String>, at location: SourceLocation
    ) throws(ExaBGPFault) -> [Option] {
        var options: [Option] = []
        var letters = letters
        while let letter = letters.popFirst() {
            if let flag = flags.first(where: { $0.value == letter })?.key {
                options.append(Option(name: flag, value: nil, location: location))
                continue
            }
            guard let name = values.first(where: { $0.value == letter })?.key else {
                throw ExaBGPFault(location, "healthcheck: there is no option '-\(letter)'")
            }
            if letters.first == "=" { letters.removeFirst() }
            let value = letters.isEmpty ? rest.popFirst() : String(letters)
            try requireShape(name, value, at: location)
            options.append(Option(name: name, value: value, location: location))
            break
        }
        return options
    }

    /// The option that a name, or its unambiguous beginning, means.
    private static func longName(
        _ text: String, at location: SourceLocation
    ) throws(ExaBGPFault) -> String {
        let known = flags.keys.sorted() + values.keys.sorted()
        if known.contains(text) { return text == "cmd" ? "command" : text }
        let longer = text.isEmpty ? [] : known.filter { $0.hasPrefix(text) }
        if longer.count == 1 { return longer[0] == "cmd" ? "command" : longer[0] }
        throw ExaBGPFault(
            location,
            longer.isEmpty
                ? "healthcheck: there is no option '\(text)'"
                    + Vocabulary.suggestion(for: text, among: known)
                : "healthcheck: '\(text)' could be \(longer.joined(separator: " or "))")
    }

    private static func requireShape(
        _ name: String, _ value: String?, at location: SourceLocation
    ) throws(ExaBGPFault) {
        if flags.keys.contains(name), value != nil {
            throw ExaBGPFault(location, "healthcheck: '\(name)' takes no value")
        }
        if values.keys.contains(name), value == nil {
            throw ExaBGPFault(location, "healthcheck: '\(name)' has no value")
        }
    }
}
