// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Reads a healthcheck's file in either of its forms: ExaBGP's own, one option a line, or
/// healthcheck.pl's, with a section for each check.
public enum HealthcheckFile {
    /// The checks of a file, in its order.
    ///
    /// A file with sections, or with the keys `nexthop` or `metric`, is healthcheck.pl's; any other
    /// is ExaBGP's and has one check.
    public static func checks(
        _ text: String, file: String
    ) throws(ExaBGPFault) -> [HealthcheckOptions] {
        let sections = try sections(text, file: file)
        guard sections.contains(where: { $0.name != nil || $0.isPerl }) else {
            let options = try HealthcheckArguments.fileOptions(text, file: file)
            return [
                try HealthcheckReader.read(options, at: SourceLocation(file: file, line: 1))
            ]
        }
        let common = sections.filter(\.isCommon).flatMap(\.lines)
        let named = sections.filter { !$0.isCommon }
        guard !named.isEmpty else { return [try perl(sections[0], common: [])] }
        var checks: [HealthcheckOptions] = []
        for section in named {
            if let other = checks.first(where: { $0.name == section.name }) {
                throw ExaBGPFault(
                    section.location,
                    "there is a section [\(section.name ?? "")] already, at \(other.location); give"
                        + " one of them another name")
            }
            checks.append(try perl(section, common: common))
        }
        return checks
    }

    private struct Line {
        var key: String
        var value: String?
        var location: SourceLocation
    }

    private struct Section {
        var name: String?
        var location: SourceLocation
        var lines: [Line] = []

        /// Of all checks: what stands before the first section, and `[global]`.
        var isCommon: Bool { name == nil || name == "global" }

        var isPerl: Bool { lines.contains { ["nexthop", "metric"].contains($0.key) } }
    }

    private static func sections(
        _ text: String, file: String
    ) throws(ExaBGPFault) -> [Section] {
        var sections = [Section(name: nil, location: SourceLocation(file: file, line: 1))]
        for (index, raw) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        ).enumerated() {
            let line = HealthcheckArguments.trimmed(raw)
            let location = SourceLocation(file: file, line: index + 1)
            guard let first = line.first, first != "#", first != ";" else { continue }
            if first == "[" {
                let name = HealthcheckArguments.trimmed(line.dropFirst().dropLast())
                guard line.last == "]", !name.isEmpty else {
                    throw ExaBGPFault(
                        location, "'\(line)' is not a section; write one like [dns1]")
                }
                sections.append(Section(name: name, location: location))
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            sections[sections.count - 1].lines.append(
                Line(
                    key: HealthcheckArguments.trimmed(parts[0]),
                    value: parts.count == 2
                        ? unquoted(HealthcheckArguments.trimmed(parts[1])) : nil,
                    location: location))
        }
        return sections
    }

    private static func unquoted(_ value: String) -> String {
        guard value.count >= 2, let mark = value.first, mark == "\"" || mark == "'",
            value.last == mark
        else { return value }
        return String(value.dropFirst().dropLast())
    }

    private static let perlKeys = [
        "interval", "timeout", "metric", "rise", "fall", "nexthop", "command", "ip", "disable",
        "debug", "logfile", "logcheck",
    ]

    /// The program's own log.
    private static let logKeys = ["debug", "logfile", "logcheck"]

    /// healthcheck.pl's names and defaults: it withdraws when the check is down or disabled, and
    /// leaves addresses alone.
    private static func perl(
        _ section: Section, common: [Line]
    ) throws(ExaBGPFault) -> HealthcheckOptions {
        var given: [HealthcheckArguments.Option] = []
        func add(_ name: String, _ value: String?, _ location: SourceLocation) {
            given.append(.init(name: name, value: value, location: location))
        }
        for (name, value) in [
            ("interval", "3"), ("timeout", "2"), ("up-metric", "100"), ("rise", "5"), ("fall", "3"),
        ] { add(name, value, section.location) }
        add("withdraw-on-down", nil, section.location)
        add("no-ip-setup", nil, section.location)
        for line in common + section.lines {
            guard perlKeys.contains(line.key) else {
                throw ExaBGPFault(
                    line.location,
                    "healthcheck: there is no key '\(line.key)'"
                        + Vocabulary.suggestion(for: line.key, among: perlKeys))
            }
            if logKeys.contains(line.key) { continue }
            guard let value = line.value, !value.isEmpty else {
                throw ExaBGPFault(line.location, "healthcheck: '\(line.key)' has no value")
            }
            switch line.key {
            case "metric": add("up-metric", value, line.location)
            case "nexthop": add("next-hop", value, line.location)
            case "ip":
                for one in value.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
                    add("ip", String(one), line.location)
                }
            default: add(line.key, value, line.location)
            }
        }
        var options = try HealthcheckReader.read(given, at: section.location)
        options.dialect = .perl
        options.name = section.name
        options.increase = 0
        options.fastInterval = options.interval
        return options
    }
}
