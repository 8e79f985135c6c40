// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
public import Logging

/// How log lines look on standard error.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `LEVEL message key=value`, with a time in front unless journald adds one.
    case text
    /// One JSON object a line.
    case json
}

/// Writes one line a change to standard error: for journald with its priority prefix, for a
/// person with the time, for a collector as JSON.
///
/// Each line is one `write(2)`, so that lines of several threads do not mix. Values that came from
/// the network or from scripts are escaped: a line is always one line.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let format: LogFormat
    private let underJournald: Bool
    private let descriptor: Int32

    public init(format: LogFormat, level: Logger.Level, descriptor: Int32 = 2) {
        self.format = format
        logLevel = level
        self.descriptor = descriptor
        underJournald = getenv("JOURNAL_STREAM") != nil
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
        let line: String
        switch format {
        case .text: line = text(event.level, "\(event.message)", values)
        case .json: line = json(event.level, "\(event.message)", values)
        }
        LineOutput.write(line, to: descriptor)
    }

    private func text(
        _ level: Logger.Level, _ message: String, _ values: [(key: String, value: String)]
    ) -> String {
        let front = underJournald ? "<\(level.priority)>" : "\(Self.clock()) \(level.word) "
        let tail = values.map { " \($0.key)=\(Self.quoted($0.value))" }.joined()
        return front + message.onOneLine + tail
    }

    private func json(
        _ level: Logger.Level, _ message: String, _ values: [(key: String, value: String)]
    ) -> String {
        let fields =
            [("time", Self.clock()), ("level", "\(level)"), ("message", message)]
            + values.map { ($0.key, $0.value) }
        let body = fields.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }
        return "{\(body.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        let plain = text.onOneLine
        guard plain.isEmpty || plain.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" })
        else { return plain }
        return "\"\(plain.replacing("\"", with: "\\\""))\""
    }

    private static func clock() -> String { Date.now.timestamp }
}

extension Date {
    /// Universal time with milliseconds, RFC 3339.
    var timestamp: String { formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}

extension Logger.Level {
    /// The priority of `syslog(3)`.
    var priority: Int {
        switch self {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    var word: String {
        switch self {
        case .critical: "CRIT"
        case .error: "ERROR"
        case .warning: "WARN"
        case .notice: "NOTE"
        case .info: "INFO"
        case .debug: "DEBUG"
        case .trace: "TRACE"
        }
    }
}
