// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A length of time as people type it: `90`, `500ms`, `30m`, `2h`, `1d`.
struct TimeText: ExpressibleByArgument {
    let seconds: Double

    /// A year: what lasts longer belongs into the configuration.
    private static let secondsMax = 366.0 * 86_400

    init?(argument: String) {
        let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)]
        let unit = units.first { argument.hasSuffix($0.0) }
        let digits = argument.dropLast(unit?.0.count ?? 0)
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let number = Double(digits)
        else { return nil }
        seconds = number * (unit?.1 ?? 1)
        guard seconds <= Self.secondsMax else { return nil }
    }
}
