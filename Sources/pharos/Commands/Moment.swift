// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc

/// A time of day as people type it, by this host's clock and zone.
struct Moment: ExpressibleByArgument {
    /// Seconds since 1970; `nil` is before everything.
    let unixSeconds: Double?

    static func ago(_ seconds: Double) -> Moment {
        Moment(unixSeconds: Date.now.timeIntervalSince1970 - seconds)
    }

    private init(unixSeconds: Double?) {
        self.unixSeconds = unixSeconds
    }

    init?(argument: String) {
        if argument == "all" {
            unixSeconds = nil
        } else if let time = TimeText(argument: argument), argument.last?.isLetter == true {
            self = .ago(time.seconds)
        } else if let seconds = Self.clock(argument) ?? Self.date(argument) {
            unixSeconds = seconds
        } else {
            return nil
        }
    }

    /// As an event's time; empty is before everything.
    var text: String {
        unixSeconds.map { Self.format(Date(timeIntervalSince1970: $0)) } ?? ""
    }

    /// An event's time as it is on this host: `2026-11-22 04:00:00.123 +0100`.
    static func local(_ text: String) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? Date(text, strategy: style) else { return text }
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        localtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
        let day = String(
            decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let thousandths = text.suffix(5).prefix(4)
        let minutes = parts.tm_gmtoff / 60
        let offset = abs(minutes)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(day)\(thousandths) \(minutes < 0 ? "-" : "+")\(two(offset / 60))\(two(offset % 60))"
    }

    private static func format(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `03:00`, `03:00:15`: the last time that it was so late.
    private static func clock(_ text: String) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let numbers = numbers(parts) else { return nil }
        var now = time_t(Date.now.timeIntervalSince1970)
        var day = tm()
        localtime_r(&now, &day)
        guard let today = seconds(of: day, clock: numbers) else { return nil }
        guard today > Double(now) else { return today }
        day.tm_mday -= 1
        return seconds(of: day, clock: numbers)
    }

    /// `2026-11-22`, `2026-11-22T03:00`, `2026-11-22 03:00:15`, with a `Z` in universal time.
    private static func date(_ text: String) -> Double? {
        var text = text[...]
        let isUniversal = text.last == "Z"
        if isUniversal { text.removeLast() }
        let halves = text.split(maxSplits: 1, whereSeparator: { $0 == "T" || $0 == " " })
        guard let head = halves.first,
            let date = numbers(head.split(separator: "-", omittingEmptySubsequences: false)),
            date.count == 3, (1...12).contains(date[1]), (1...31).contains(date[2])
        else { return nil }
        var day = tm()
        day.tm_year = Int32(date[0] - 1_900)
        day.tm_mon = Int32(date[1] - 1)
        day.tm_mday = Int32(date[2])
        var clock = [0, 0]
        if halves.count == 2 {
            let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), let read = numbers(parts) else { return nil }
            clock = read
        }
        return seconds(of: day, clock: clock, isUniversal: isUniversal)
    }

    private static func numbers(_ parts: [Substring]) -> [Int]? {
        let numbers = parts.compactMap { part in
            part.count <= 4 && part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil
        }
        return numbers.count == parts.count ? numbers : nil
    }

    private static func seconds(
        of day: tm, clock: [Int], isUniversal: Bool = false
    ) -> Double? {
        let second = clock.count == 3 ? clock[2] : 0
        guard (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(second)
        else { return nil }
        var parts = day
        parts.tm_hour = Int32(clock[0])
        parts.tm_min = Int32(clock[1])
        parts.tm_sec = Int32(second)
        parts.tm_isdst = -1
        return Double(isUniversal ? timegm(&parts) : mktime(&parts))
    }
}
